# R's curl package: all requests in one pool. libcurl is loaded with the package (RTLD_LOCAL).
library(curl)

words <- commandArgs(trailingOnly = TRUE)
out <- stdout()
say <- function(raw) {
    cat(rawToChar(raw))
    flush(out)
}
report <- function(number, status, type, length, error) {
    cat("\n")
    cat(number, status, if (is.null(type) || is.na(type)) "-" else type, length,
        paste0(error, "\n"))
    flush(out)
}

pool <- new_pool(total_con = 100, host_con = 100)
send <- function(number, url, body) {
    force(number) # R would look at it when the answer is there, and the loop has gone on
    stream <- grepl("/stream/", url, fixed = TRUE)
    received <- raw()
    handle <- new_handle(url = url, useragent = "client/1")
    if (nzchar(body)) {
        handle_setopt(handle, copypostfields = body)
        handle_setheaders(handle, "Content-Type" = "application/json")
    }
    take <- function(piece, final) {
        received <<- c(received, piece)
        if (stream && length(piece) > 0) say(piece)
    }
    done <- function(response) {
        if (!stream) say(received)
        report(number, response$status_code, response$type, length(received), 0)
    }
    fail <- function(message) {
        if (!stream) say(received)
        report(number, 0, NULL, length(received), "failed")
    }
    multi_add(handle, done = done, fail = fail, data = take, pool = pool)
}

for (place in seq(1, length(words), by = 2))
    send((place - 1) / 2, words[place], words[place + 1])
result <- multi_run(pool = pool)
