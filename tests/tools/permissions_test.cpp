#include "tools/broker/permissions.h"

#include <catch2/catch.hpp>

#include "tests/tools/fixture.h"

#include "tools/broker/paths.h"

using namespace std::string_literals;
using yoke::HostPattern;
using yoke::Json;
using yoke::Permissions;
using yoke::Result;

namespace {

std::string permission_error_of(const Json& value) {
  const Result<Permissions> parsed = yoke::parse_permissions(value);
  return parsed ? "" : parsed.error().message();
}

HostPattern pattern(const std::string& text) {
  const Result<HostPattern> parsed = yoke::parse_host_pattern(text);
  REQUIRE(parsed);
  return *parsed;
}

std::string tokens(const Permissions& permissions) {
  std::string all;
  for (const yoke::Power& power : yoke::powers_of(permissions)) all += power.token + "\n";
  return all;
}

}  // namespace

TEST_CASE("permissions that list nothing allow pure computation alone") {
  for (const Json& none : {Json(nullptr), Json::object(), Json::array()}) {
    const Result<Permissions> parsed = yoke::parse_permissions(none);
    REQUIRE(parsed);
    CHECK(parsed->only_reads());
    CHECK(parsed->modules().empty());
  }
}

TEST_CASE("permissions are parsed into what each key grants") {
  const Json value = {{"net", {"api.example", "*.files.example:8443"}},
                      {"read", "data/./in//"},
                      {"write", {"notes"}},
                      {"secrets", {{"KEY", {{"host", "api.example"}, {"header", "X-Api-Key"}}}}},
                      {"kv", "read"}};
  const Result<Permissions> parsed = yoke::parse_permissions(value);
  REQUIRE(parsed);
  CHECK(parsed->read == std::vector<std::string>{"data/in"});
  CHECK(parsed->write == std::vector<std::string>{"notes"});
  CHECK(parsed->net.size() == 2);
  REQUIRE(parsed->secrets.size() == 1);
  CHECK(parsed->secrets[0].field == "x-api-key");
  CHECK(parsed->kv == yoke::Access::read);
  CHECK(parsed->modules() == std::vector<std::string>{"fs", "http", "kv"});
  CHECK_FALSE(parsed->only_reads());
}

TEST_CASE("an empty Lua table is an empty list of permissions") {
  const Result<Permissions> parsed =
      yoke::parse_permissions({{"net", Json::object()}, {"read", Json::object()}});
  REQUIRE(parsed);
  CHECK(parsed->modules().empty());
}

TEST_CASE("an unknown permission is an error that names the nearest one") {
  CHECK(permission_error_of({{"nett", Json::array()}}) ==
        "permissions.nett: there is no such permission (did you mean 'net'?)");
}

TEST_CASE("a permission of the wrong type is an error that names it") {
  CHECK(permission_error_of({{"net", 7}}).find("permissions.net: expected a list of texts") == 0);
  CHECK(permission_error_of({{"net", {1}}}).find("permissions.net: expected a text") == 0);
  CHECK(
      permission_error_of({{"kv", "all"}}).find("permissions.kv: expected \"read\" or \"write\"") ==
      0);
  CHECK(permission_error_of("everything").find("permissions: expected a table") == 0);
}

TEST_CASE("a path that leaves the project folder cannot be granted") {
  for (const std::string& path : {".."s, "data/../.."s, "/etc"s, ""s, "a\0b"s, "a\nb"s}) {
    CHECK(permission_error_of({{"read", {path}}}).find("permissions.read: ") == 0);
  }
  for (const std::string path : {".env", ".git/config", ".yoke", "yoke.lock", "YOKE.toml"}) {
    CHECK(permission_error_of({{"write", {path}}}).find("belongs to the host") !=
          std::string::npos);
  }
}

TEST_CASE("a secret is bound to one listed host and one place") {
  const auto with = [](const Json& use) {
    return permission_error_of({{"net", {"api.example"}}, {"secrets", {{"KEY", use}}}});
  };
  CHECK(with({{"host", "api.example"}, {"query", "key"}}).empty());
  CHECK(with({{"host", "other.example"}, {"query", "key"}}).find("not in permissions.net") !=
        std::string::npos);
  CHECK(with({{"host", "*.example"}, {"query", "key"}}).find("one host") != std::string::npos);
  CHECK(with({{"host", "api.example"}}).find("name one place") != std::string::npos);
  CHECK(with({{"host", "api.example"}, {"query", "a"}, {"header", "b"}}).find("name one place") !=
        std::string::npos);
  CHECK(with({{"host", "api.example"}, {"heder", "b"}}).find("did you mean 'header'") !=
        std::string::npos);
}

TEST_CASE("every power of a tool is told in plain words") {
  const Result<Permissions> parsed = yoke::parse_permissions(
      {{"net", {"*", "127.0.0.1:9000", "private:wiki.corp"}}, {"write", {"."}}, {"kv", true}});
  REQUIRE(parsed);
  std::vector<std::string> words;
  for (const yoke::Power& power : yoke::powers_of(*parsed)) words.push_back(power.words);
  CHECK(words == std::vector<std::string>{
                     "connect to any public host",
                     "connect to 127.0.0.1, port 9000 (this machine), also without encryption",
                     "connect to wiki.corp (which may be inside your network)",
                     "create, change and delete any file of the project",
                     "keep small values between calls"});
  CHECK(tokens(*parsed).find("net 127.0.0.1:9000\n") != std::string::npos);
}

TEST_CASE("a host pattern covers the host it names and no other") {
  CHECK(pattern("api.example").covers("api.example", 443));
  CHECK_FALSE(pattern("api.example").covers("evil-api.example", 443));
  CHECK_FALSE(pattern("api.example").covers("x.api.example", 443));
  CHECK(pattern("API.Example.").covers("api.example", 443));
  CHECK(pattern("api.example:8443").covers("api.example", 8443));
  CHECK_FALSE(pattern("api.example:8443").covers("api.example", 443));
  CHECK(pattern("*.example").covers("a.b.example", 443));
  CHECK_FALSE(pattern("*.example").covers("example", 443));
  CHECK_FALSE(pattern("*.example").covers("badexample", 443));
  CHECK(pattern("[::1]:80").covers("::1", 80));
  CHECK(pattern("*").covers("anything.example", 443));
  CHECK_FALSE(pattern("*").covers("127.0.0.1", 443));
  CHECK_FALSE(pattern("*").covers("localhost", 443));
}

TEST_CASE("only a host granted by name or address may lie inside the network") {
  CHECK_FALSE(pattern("api.example").inside);
  CHECK_FALSE(pattern("*.example").inside);
  CHECK(pattern("10.0.0.7").inside);
  CHECK(pattern("localhost").inside);
  CHECK(pattern("private:wiki.corp").inside);
  CHECK(pattern("localhost").plain);
  CHECK_FALSE(pattern("10.0.0.7").plain);
  CHECK(pattern("http://api.example").plain);
  CHECK_FALSE(yoke::parse_host_pattern("private:*"));
}

TEST_CASE("what is no host cannot be granted") {
  for (const std::string text : {"", "https://api.example/path", "user@api.example",
                                 "api.example:0", "api.example:99999", "api.*.example",
                                 "b\xc3\xbc"
                                 "cher.example",
                                 "a b", "-x.example", "ftp://x", "a..b"}) {
    INFO(text);
    CHECK_FALSE(yoke::parse_host_pattern(text));
  }
}

TEST_CASE("a path has one normal form") {
  CHECK(*yoke::normal_path("./a//b/") == "a/b");
  CHECK(*yoke::normal_path(".") == ".");
  CHECK(yoke::lies_below("data/a", "data"));
  CHECK_FALSE(yoke::lies_below("database", "data"));
  CHECK(yoke::lies_below("x", "."));
  CHECK(yoke::is_host_owned("vendor/.git/hooks/pre-commit"));
  CHECK(yoke::is_host_owned(".env.local"));
  CHECK_FALSE(yoke::is_host_owned("data/environment.csv"));
}
