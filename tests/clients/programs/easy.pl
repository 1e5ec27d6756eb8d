# Perl's WWW::Curl, one request after the other.
use strict;
use warnings;
use WWW::Curl::Easy;

$| = 1;
my $number = 0;
while (@ARGV) {
    my ($url, $body) = splice @ARGV, 0, 2;
    my $received = '';
    my $stream = $url =~ m{/stream/};
    my $handle = WWW::Curl::Easy->new;
    $handle->setopt(CURLOPT_URL, $url);
    $handle->setopt(CURLOPT_USERAGENT, 'client/1');
    $handle->setopt(CURLOPT_WRITEFUNCTION, sub {
        my ($piece) = @_;
        print $piece if $stream;
        $received .= $piece;
        return length $piece;
    });
    if (length $body) {
        $handle->setopt(CURLOPT_POSTFIELDS, $body);
        $handle->setopt(CURLOPT_HTTPHEADER, ['Content-Type: application/json']);
    }
    my $error = $handle->perform;
    print $received unless $stream;
    printf "\n%d %d %s %d %d\n", $number++, $handle->getinfo(CURLINFO_RESPONSE_CODE),
        $handle->getinfo(CURLINFO_CONTENT_TYPE) // '-', length $received, $error;
}
