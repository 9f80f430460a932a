#include "hosts/hook/keys/site.h"

#include <catch2/catch.hpp>

#include "hosts/keys/key_text.h"

namespace yoke::testing {
namespace {

const SiteRules kRules{
    {"127.0.0.1", "192.0.2.7"}, {"yoke.example", "*.lab.example"}, {"https://app.example"}};

HttpRequest from_tcp(HttpHeaders headers) {
  HttpRequest request;
  request.url = "/v1/runs";
  request.peer.address = "127.0.0.1";
  request.headers = std::move(headers);
  return request;
}

int status_of(const HttpHeaders& headers, const SiteRules& rules = kRules) {
  const std::optional<Refusal> refusal = check_site(from_tcp(headers), rules);
  return refusal ? refusal->status : 0;
}

}  // namespace

TEST_CASE("a request for a name of this machine, its address or a listed host is let in") {
  for (const char* host : {"localhost", "localhost:8177", "LOCALHOST:8177", "127.0.0.1:8177",
                           "127.1.2.3", "[::1]:8177", "[::ffff:127.0.0.1]", "192.0.2.7:8177",
                           "yoke.example", "Yoke.Example:443", "yoke.example.", "a.lab.example"}) {
    INFO(host);
    CHECK(status_of({{"Host", host}}) == 0);
  }
}

TEST_CASE("a request for any other name is not for this host, whatever it resembles") {
  for (const char* host :
       {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "192.0.2.8", "[::2]",
        "yoke.example.evil", "xlab.example", "", "[::1", "localhost:x", "localhost:99999999",
        "user@localhost", "local host", "0x7f000001", "2130706433", "127.1"}) {
    INFO(host);
    CHECK(status_of({{"Host", host}}) == 421);
  }
  CHECK(status_of({}) == 421);
  CHECK(status_of({{"Host", "localhost"}, {"Host", "localhost"}}) == 421);
}

TEST_CASE("a host that is not known is named as it is to be listed, without its port") {
  const std::optional<Refusal> refusal =
      check_site(from_tcp({{"Host", "other.example:8443"}}), kRules);
  REQUIRE(refusal);
  CHECK(refusal->detail.find("'other.example'") != std::string::npos);
  CHECK(refusal->detail.find("8443") == std::string::npos);
}

TEST_CASE("who listens at every address is asked for by any of them, but by no name") {
  const SiteRules rules{{"0.0.0.0"}, {}, {}};
  CHECK(status_of({{"Host", "198.51.100.4:8177"}}, rules) == 0);
  CHECK(status_of({{"Host", "rebound.example"}}, rules) == 421);
}

TEST_CASE("over the socket file any Host will do, but a page's Origin still counts") {
  HttpRequest request = from_tcp({{"Host", "anything"}});
  request.peer = {};
  CHECK_FALSE(check_site(request, kRules));
  request.headers.add("Origin", "https://evil.example");
  CHECK(check_site(request, kRules)->status == 403);
}

TEST_CASE("a page of the same host or of a listed origin is let in, any other is not") {
  const auto status = [](const char* host, const char* origin) {
    return status_of({{"Host", host}, {"Origin", origin}});
  };
  CHECK(status("localhost:8177", "http://localhost:8177") == 0);
  CHECK(status("yoke.example", "https://yoke.example") == 0);
  CHECK(status("yoke.example", "https://app.example") == 0);
  CHECK(status("localhost:8177", "http://localhost:3000") == 403);
  CHECK(status("localhost:8177", "http://localhost") == 403);
  CHECK(status("localhost:8177", "http://evil.example") == 403);
  CHECK(status("localhost:8177", "https://app.example.evil") == 403);
  CHECK(status("localhost:8177", "null") == 403);
  CHECK(status("localhost:8177", "") == 403);
  CHECK(status_of({{"Host", "localhost"},
                   {"Origin", "http://localhost"},
                   {"Origin", "http://evil.example"}}) == 403);
}

TEST_CASE("a key in the address is refused wherever it stands, and not repeated") {
  SystemRandom random;
  const std::string key = make_key(random).text.reveal();
  for (const std::string& url :
       {"/v1/runs?api_key=" + key, "/" + key + "/runs", "/v1/?x&y=" + key}) {
    HttpRequest request = from_tcp({{"Host", "localhost"}});
    request.url = url;
    const std::optional<Refusal> refusal = check_site(request, kRules);
    REQUIRE(refusal);
    CHECK(refusal->status == 400);
    CHECK(refusal->detail.find(key) == std::string::npos);
  }
}

TEST_CASE("a listed origin is told that it may, another origin nothing") {
  const HttpHeaders good =
      cors_headers(from_tcp({{"Host", "localhost"}, {"Origin", "https://app.example"}}), kRules);
  CHECK(good.get("Access-Control-Allow-Origin") == "https://app.example");
  CHECK(good.get("Vary") == "Origin");
  CHECK_FALSE(good.has("Access-Control-Allow-Credentials"));
  const HttpHeaders bad =
      cors_headers(from_tcp({{"Host", "localhost"}, {"Origin", "https://evil.example"}}), kRules);
  CHECK_FALSE(bad.has("Access-Control-Allow-Origin"));
  CHECK(cors_headers(from_tcp({{"Host", "localhost"}}), SiteRules{}).empty());
}

TEST_CASE("a preflight of a listed origin is answered with what it asked for") {
  HttpRequest request = from_tcp({{"Host", "localhost"},
                                  {"Origin", "https://app.example"},
                                  {"Access-Control-Request-Method", "POST"},
                                  {"Access-Control-Request-Headers", "authorization, x-thing"}});
  request.method = "OPTIONS";
  HttpHeaders headers = cors_headers(request, kRules);
  CHECK(headers.get("Access-Control-Allow-Headers") == "authorization, x-thing");
  CHECK(headers.get("Access-Control-Allow-Methods").find("POST") != std::string_view::npos);
  request.headers.set("Access-Control-Request-Headers", "x bad\tname");
  headers = cors_headers(request, kRules);
  CHECK_FALSE(headers.has("Access-Control-Allow-Headers"));
}

}  // namespace yoke::testing
