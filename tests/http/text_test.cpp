#include <catch2/catch.hpp>

#include "runtime/http/address.h"
#include "runtime/http/message_text.h"
#include "runtime/http/proxy.h"
#include "runtime/http/redirect.h"
#include "runtime/http/url.h"

namespace yoke {
namespace {

bool is_public(const char* text) { return is_public_address(boost::asio::ip::make_address(text)); }

Url url_of(const std::string& text) {
  const Result<Url> url = parse_url(text);
  REQUIRE(url.has_value());
  return *url;
}

TEST_CASE("a URL is taken apart into what a connection and a request need") {
  const Url url = url_of("https://API.Example.com:8443/v1/chat?x=1&y=%20#part");
  CHECK(url.tls);
  CHECK(url.host == "api.example.com");
  CHECK(url.port == 8443);
  CHECK(url.target == "/v1/chat?x=1&y=%20");
  CHECK(url.authority() == "api.example.com:8443");
  CHECK(url.origin() == "https://api.example.com:8443");
  CHECK(url_of("http://h").target == "/");
  CHECK(url_of("http://h?q").target == "/?q");
  CHECK(url_of("https://h").port == 443);
  CHECK(url_of("http://h.").host == "h");
  CHECK(url_of("http://[::1]:80/").host == "::1");
  CHECK(url_of("http://[::1]:81/").authority() == "[::1]:81");
}

TEST_CASE("what is no absolute http URL, or hides something, is refused") {
  for (const char* text :
       {"", "/path", "example.com", "ftp://h/", "http://", "http:///x", "http://h:99999/",
        "http://h:0/", "http://user:pw@h/", "http://h/a b", "http://h/\r\nX: y",
        "http://%31.2.3.4/", "http://h\xC3\xA9/", "file:///etc/passwd", "http://[v1.x]/"}) {
    INFO(text);
    const Result<Url> url = parse_url(text);
    REQUIRE_FALSE(url.has_value());
    CHECK(url.error().code == Errc::invalid);
  }
}

TEST_CASE("a URL is shown without what may be secret in it, in errors as well") {
  CHECK(shown_url("https://h/v1") == "https://h/v1");
  CHECK(shown_url("https://ann:pw@h:8/v1?key=k#top") == "https://…@h:8/v1?…");
  CHECK(shown_url("ann:p@w@h/v1") == "…@h/v1");
  CHECK(shown_url("https://h/@v1#k") == "https://h/@v1");
  CHECK(shown_url("").empty());
  const std::string error = parse_url("https://ann:secret@h/v1?key=secret").error().message();
  CHECK(error.find("'https://…@h/v1?…'") != std::string::npos);
  CHECK(error.find("secret") == std::string::npos);
}

TEST_CASE("a location is resolved against the URL it came from") {
  const Url base = url_of("https://h:8443/a/b?q=1");
  CHECK(resolve_url(base, "/x")->text() == "https://h:8443/x");
  CHECK(resolve_url(base, "c")->text() == "https://h:8443/a/c");
  CHECK(resolve_url(base, "../c?d")->text() == "https://h:8443/c?d");
  CHECK(resolve_url(base, "//other/x")->text() == "https://other/x");
  CHECK(resolve_url(base, "http://other/x")->text() == "http://other/x");
  CHECK_FALSE(resolve_url(base, "javascript:alert(1)").has_value());
  CHECK_FALSE(resolve_url(base, "file:///etc/passwd").has_value());
}

TEST_CASE("only addresses of the public Internet count as public") {
  for (const char* text :
       {"8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1",
        "192.167.1.1", "198.20.0.1", "223.255.255.255", "2606:4700::1111", "2a00:1450:4001::1",
        "64:ff9b::8.8.8.8", "2002:0808:0808::1", "::ffff:8.8.8.8"}) {
    INFO(text);
    CHECK(is_public(text));
  }
}

TEST_CASE("private, local and special addresses are not public, in whatever form they come") {
  for (const char* text : {"0.0.0.0",
                           "0.1.2.3",
                           "10.1.2.3",
                           "100.64.0.1",
                           "100.127.255.255",
                           "127.0.0.1",
                           "127.255.255.254",
                           "169.254.169.254",
                           "172.16.0.1",
                           "172.31.255.255",
                           "192.0.0.1",
                           "192.0.2.1",
                           "192.88.99.1",
                           "192.168.1.1",
                           "198.18.0.1",
                           "198.19.255.255",
                           "198.51.100.1",
                           "203.0.113.1",
                           "224.0.0.1",
                           "239.255.255.255",
                           "240.0.0.1",
                           "255.255.255.255",
                           "::",
                           "::1",
                           "::7f00:1",
                           "::ffff:127.0.0.1",
                           "::ffff:10.0.0.1",
                           "::ffff:169.254.169.254",
                           "64:ff9b::127.0.0.1",
                           "64:ff9b::10.0.0.1",
                           "64:ff9b:1::1",
                           "2002:7f00:1::1",
                           "2002:c0a8:0101::1",
                           "2001::1",
                           "2001:db8::1",
                           "2001:10::1",
                           "3fff::1",
                           "100::1",
                           "fc00::1",
                           "fd12:3456::1",
                           "fe80::1",
                           "fe80::1%1",
                           "fec0::1",
                           "ff02::1"}) {
    INFO(text);
    CHECK_FALSE(is_public(text));
  }
  const Result<void> refused =
      permit_public("metadata", boost::asio::ip::make_address("169.254.169.254"));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == Errc::denied);
  CHECK(refused.error().detail.find("169.254.169.254") != std::string::npos);
}

TEST_CASE("a proxy is chosen by scheme, and passed by for what no_proxy and loopback name") {
  const auto variable = [](const std::string& name) -> std::string {
    if (name == "http_proxy") return "proxy.local:3128";
    if (name == "HTTP_PROXY") return "http://wrong:1";
    if (name == "HTTPS_PROXY") return "http://secure:3129";
    if (name == "no_proxy") {
      return "internal.example, .corp.example,10.0.0.0/8, db:5432 ,[fd00::1],*.wild.example";
    }
    return "";
  };
  const ProxySettings proxies = proxies_from(variable);
  CHECK(proxies.choose(url_of("http://public.example/")) == "http://proxy.local:3128");
  CHECK(proxies.choose(url_of("https://public.example/")) == "http://secure:3129");
  for (const char* direct :
       {"http://internal.example/", "http://a.internal.example/", "https://x.corp.example/",
        "http://10.9.8.7/", "http://db:5432/", "http://[fd00::1]/", "http://localhost:9/",
        "http://127.0.0.3/", "http://[::1]/", "http://a.wild.example/"}) {
    INFO(direct);
    CHECK(proxies.choose(url_of(direct)).empty());
  }
  for (const char* proxied :
       {"http://notinternal.example/", "http://11.0.0.1/", "http://db:5433/"}) {
    INFO(proxied);
    CHECK_FALSE(proxies.choose(url_of(proxied)).empty());
  }
  CHECK(proxies_from([](const std::string& name) -> std::string {
          return name == "ALL_PROXY" ? "http://all:1" : name == "NO_PROXY" ? "*" : "";
        })
            .choose(url_of("http://x/"))
            .empty());
}

TEST_CASE("a header field is found whatever its case, and set in place of all others") {
  HttpHeaders headers{{"Content-Type", "text/plain"}, {"X-A", "1"}, {"x-a", "2"}};
  CHECK(headers.get("content-type") == "text/plain");
  CHECK(headers.get("missing").empty());
  CHECK_FALSE(headers.has("missing"));
  headers.set("X-A", "3");
  CHECK(headers.size() == 2);
  CHECK(headers.get("x-A") == "3");
  headers.add("Vary", "accept, Origin");
  CHECK(headers.lists("vary", "origin"));
  CHECK_FALSE(headers.lists("vary", "orig"));
}

TEST_CASE("a request that would break its own message is refused before it is sent") {
  HttpRequest request;
  request.url = "http://h/";
  REQUIRE(check_request(request).has_value());
  SECTION("method") { request.method = "GET /x HTTP/1.1\r\nX:"; }
  SECTION("empty method") { request.method = ""; }
  SECTION("tunnel") { request.method = "CONNECT"; }
  SECTION("name") { request.headers.add("X Y", "z"); }
  SECTION("value") { request.headers.add("X", "a\r\nEvil: b"); }
  SECTION("NUL") { request.headers.add("X", std::string("a\0b", 3)); }
  CHECK_FALSE(check_request(request).has_value());
}

TEST_CASE("a moment is written as HTTP has it") {
  CHECK(http_date(784111777) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(http_date(1795255200) == "Sat, 21 Nov 2026 10:00:00 GMT");
}

TEST_CASE("the framing of a request is never the caller's") {
  HttpRequest request;
  request.method = "POST";
  request.body = "12345";
  request.headers = {{"Content-Length", "1"}, {"Transfer-Encoding", "chunked"}, {"X-Own", "kept"}};
  const std::string head = request_head(request, url_of("http://h:81/p?q"), RequestLine());
  CHECK(head.starts_with("POST /p?q HTTP/1.1\r\nHost: h:81\r\n"));
  CHECK(head.find("Content-Length: 5\r\n") != std::string::npos);
  CHECK(head.find("Content-Length: 1\r\n") == std::string::npos);
  CHECK(head.find("Transfer-Encoding") == std::string::npos);
  CHECK(head.find("X-Own: kept\r\n") != std::string::npos);
  CHECK(basic_authorization("user:pass") == "Basic dXNlcjpwYXNz");
}

TEST_CASE("a redirect to another origin takes along what says nothing of the caller alone") {
  HttpRequest request;
  request.headers = {
      {"Authorization", "Bearer s"}, {"Cookie", "c"}, {"X-Api-Key", "k"}, {"x-goog-api-key", "k"},
      {"X-Custom", "any"},           {"Accept", "a"}, {"Host", "h"}};
  Url url = url_of("https://h/a");
  SECTION("within the origin all stays but the host") {
    REQUIRE(follow_redirect(302, "/b", request, url).has_value());
    CHECK(request.headers.size() == 6);
    CHECK(url.text() == "https://h/b");
  }
  for (const char* elsewhere : {"https://other/b", "http://h/b", "https://h:444/b"}) {
    DYNAMIC_SECTION(elsewhere) {
      REQUIRE(follow_redirect(307, elsewhere, request, url).has_value());
      CHECK(request.headers.size() == 1);
      CHECK(request.headers.has("Accept"));
    }
  }
}

TEST_CASE("a redirect turns a POST into a GET where the standard says so") {
  const auto after = [](int status, const char* method) {
    HttpRequest request;
    request.method = method;
    request.body = "b";
    request.headers = {{"Content-Type", "t"}};
    Url url = url_of("http://h/a");
    REQUIRE(follow_redirect(status, "/b", request, url).has_value());
    return request.method + (request.body.empty() ? "" : "+body");
  };
  CHECK(after(301, "POST") == "GET");
  CHECK(after(302, "POST") == "GET");
  CHECK(after(303, "PUT") == "GET");
  CHECK(after(307, "POST") == "POST+body");
  CHECK(after(308, "PUT") == "PUT+body");
  CHECK(after(302, "PUT") == "PUT+body");
  CHECK(after(301, "DELETE") == "DELETE+body");
  CHECK(after(303, "HEAD") == "HEAD+body");
}

TEST_CASE("a redirect that the request's own rule forbids is denied") {
  HttpRequest request;
  request.permit_redirect = [](const std::string& to) -> Result<void> {
    if (to == "http://h/ok") return {};
    return Error{Errc::denied, "not " + to};
  };
  Url url = url_of("http://h/a");
  CHECK(follow_redirect(302, "/ok", request, url).has_value());
  const Result<void> denied = follow_redirect(302, "http://evil/", request, url);
  REQUIRE_FALSE(denied.has_value());
  CHECK(denied.error().code == Errc::denied);
}

}  // namespace
}  // namespace yoke
