/* The workers' root certificate of 2026, as https://console.vast.ai/static/jvastai_root.cer gives
 * it: public, and known by its fingerprint (protocol.md §8). */
#ifndef VESPA_TESTS_VAST_ROOT_H
#define VESPA_TESTS_VAST_ROOT_H

// clang-format off
#define VAST_ROOT \
    "-----BEGIN CERTIFICATE-----\n" \
    "MIIFsDCCA5igAwIBAgIUUj85QVIKZ26Jh+s3sCICjcHDfkUwDQYJKoZIhvcNAQEL\n" \
    "BQAwTjELMAkGA1UEBhMCVVMxCzAJBgNVBAgMAkNBMRUwEwYDVQQKDAxWYXN0LmFp\n" \
    "IEluYy4xGzAZBgNVBAMMElZhc3QuYWkgSnVweXRlciBDQTAgFw0yNjAzMDkyMjA1\n" \
    "MTVaGA8yMDUxMDMwMzIyMDUxNVowTjELMAkGA1UEBhMCVVMxCzAJBgNVBAgMAkNB\n" \
    "MRUwEwYDVQQKDAxWYXN0LmFpIEluYy4xGzAZBgNVBAMMElZhc3QuYWkgSnVweXRl\n" \
    "ciBDQTCCAiIwDQYJKoZIhvcNAQEBBQADggIPADCCAgoCggIBAN47khcZhj/QTiTz\n" \
    "BCWPvxua6qoCx5W7M1tqIsWiojXvgPGWfxlOmpTot9rKI0rYtsK2q2vZDkhoUu0G\n" \
    "d7KcvQhEOiPgXmYKsX2MaEo5P6fmqrCIwIgTGOR+couiChlnklUzts3RAPaEnCC3\n" \
    "DKr1DiMpoBzibwaP4D99gtRC4H44Ivtr3EttFypUWrDZnGBr5JN6j91TE33kcqK8\n" \
    "xvA/k8LP17/594Z16DczEVql6ZS+TSOpUBr9sjoFkcXz534f27qZmvZJAmcVnlI6\n" \
    "66IWorbihXfiBFlAynTkscB0V09TdA2tltkD+zC0qqIOqPIOkL1+Qz6OxRuAJUK2\n" \
    "eaqmnqbWhBYoSDGeKmPksKktu/cmSLS/s4yNGHtWtg1aBOfZb4ATeJsdoWFuT04u\n" \
    "KLyTrtCSWZy6bgvWn0bb25SbMB38wDCPp/YoIsVLeyoJm7iXSFKRjfry+a/q/f+F\n" \
    "OrO2eAxAPYLykv+9KJ37t3JgBb4Psd8VTv9jiaEJ/YGWGiaYTTs5LCvhllT9HNFD\n" \
    "or4k5iZndwP7fQVG4DzXwY4VdMhkyf0m05QfRV173hpzjQPa7hZGp8nFOUfMLU0q\n" \
    "RPsAMYYdY4e0VOMJfQEk0tVQcl2sNTbqS0Qu2wbIISp6dpLrbRzhKIogQZE2A5aH\n" \
    "9Yzzvk/rJbcjMECQbjy7YfGsB1ttAgMBAAGjgYMwgYAwHQYDVR0OBBYEFDdz6ICf\n" \
    "VHAotHpEReeWIQ9VYhQXMB8GA1UdIwQYMBaAFDdz6ICfVHAotHpEReeWIQ9VYhQX\n" \
    "MBIGA1UdEwEB/wQIMAYBAf8CAQAwDgYDVR0PAQH/BAQDAgEGMBoGA1UdHgEB/wQQ\n" \
    "MA6gDDAKhwgAAAAAAAAAADANBgkqhkiG9w0BAQsFAAOCAgEAIGLtySaUDOmxFKb5\n" \
    "G6UuviG1EXB0u0Oq3gpncDxJ2PTJdt5zX7UoL/ygQbKcuMQURGInhLZzX+e93RqS\n" \
    "9QWv9blQWAjeVl2rdL77k2vxYRoGMnhdsfhlMZdTRCWUZoEZTcNj2GFoHc8h281t\n" \
    "8ajRnT5dUUcP/HaOaOGmFpmZzC2iy0SXNq2yJvirQpPRItKG8pCIqyJysGk5rGg6\n" \
    "tReZIHmlKJpajPiQ2uScW072V2IkkLJsRN6mQ1bvZ+H/A2ueRPc6n/6wpF0P7DLo\n" \
    "Q6reT+6Ggb+35oHz3NVCI21v8Rd4ue4qGWqpJwE30wCiTGaywXmbU9dNjTN4zPeh\n" \
    "3ut6kIxwE399U0E+SezYqjz+m6W+7jWttmlvSf9JrUKHnmrDbVoBFR45EWEX7zoi\n" \
    "Zg4WUszaoMxra5ghuBYQNzCd/8eCBo4HN5O6ufI0PSH/vrJ2xrKTgwFkaTvZW9Uc\n" \
    "AB9zpGLCKcvxAnklQuvSeoCPQhSMTppDFWxTXliUjU74VCLJUIwiCV8ZffM28eqA\n" \
    "mO1bdwohu1dgTzx/gmrPYKtW4eoPSB8SioZwP5+7SaTQJzcLNpZAjqFl2LEEkRy3\n" \
    "Qk/ShK//DY1RCHDubB+XOOcSmc9uE6gNAnSn3AVuDoTGAKvcdwKuEmNC++Ez6kZX\n" \
    "OvUOZ5Ickj8xqLOiNyT8MSLDfzE=\n" \
    "-----END CERTIFICATE-----"
// clang-format on

#define VAST_ROOT_FINGERPRINT "A1A78F9E1A806C74DAD08B8F01F5F08C739FB70A5BFBB52D28923751C223451D"

#endif
