# Ruby's typhoeus, which reaches libcurl through FFI: all requests in one hydra.
require 'typhoeus'

$stdout.sync = true
hydra = Typhoeus::Hydra.new
ARGV.each_slice(2).with_index do |(url, body), number|
  headers = { 'User-Agent' => 'client/1', 'Expect' => '' }
  headers['Content-Type'] = 'application/json' unless body.empty?
  request = Typhoeus::Request.new(url, method: body.empty? ? :get : :post,
                                       body: body.empty? ? nil : body, headers: headers)
  streamed = 0
  if url.include?('/stream/')
    request.on_body do |piece|
      print piece
      streamed += piece.bytesize
    end
  end
  request.on_complete do |response|
    received = streamed.zero? ? response.body.to_s : ''
    type = response.headers && response.headers['Content-Type']
    error = response.return_code == :ok ? 0 : response.return_code
    print received, "\n#{number} #{response.code} #{type || '-'} ",
          "#{streamed.zero? ? received.bytesize : streamed} #{error}\n"
  end
  hydra.queue(request)
end
hydra.run
