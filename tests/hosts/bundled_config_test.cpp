#include <catch2/catch.hpp>

#include "hosts/config/config.h"
#include "tools/bundled.h"

using yoke::Config;
using yoke::Json;
using yoke::parse_config;
using yoke::Result;

namespace {

std::string bundled_complaint(const std::string& text) {
  const Result<Config> config = parse_config(text, "yoke.toml");
  return config ? "" : config.error().message();
}

const std::string kMail = "[bundled.mail]\nfrom = \"bot@example.org\"\n";
const std::string kWeb = "[bundled.web]\nprovider = \"custom\"\nurl = \"https://s.example\"\n";

}  // namespace

TEST_CASE("every group of bundled tools has a section that can be written") {
  for (const std::string& group : yoke::bundled_groups()) {
    INFO(group);
    CHECK(bundled_complaint("[bundled." + group + "]\nx = 1\n")
              .find("unknown key 'bundled." + group) != std::string::npos);
  }
}

TEST_CASE("a section of a bundled group becomes its settings") {
  const Result<Config> config = parse_config(R"toml([secrets]
KEY = "env:KEY"
[bundled.files]
read = ["data"]
write = ["notes"]
[bundled.http]
net = ["*.example.org"]
secrets = { KEY = { host = "api.example.org", header = "X-Key" } }
[bundled.text]
enabled = false
)toml",
                                             "yoke.toml");
  REQUIRE(config.has_value());
  CHECK(config->bundled.at("files").settings == Json({{"read", {"data"}}, {"write", {"notes"}}}));
  CHECK(config->bundled.at("files").line == 3);
  CHECK(config->bundled.at("http").settings["secrets"]["KEY"]["header"] == "X-Key");
  CHECK_FALSE(config->bundled.at("text").enabled);
  CHECK(config->bundled.at("files").enabled);
}

TEST_CASE("what is wrong in a section of a bundled group is named with its line") {
  CHECK(bundled_complaint("[bundled.fils]\n") ==
        "yoke.toml:1: unknown key 'bundled.fils' (did you mean 'files'?)");
  CHECK(bundled_complaint("[bundled.files]\nraed = [\"a\"]\n") ==
        "yoke.toml:2: unknown key 'bundled.files.raed' (did you mean 'read'?)");
  CHECK(bundled_complaint("[bundled.files]\nread = \"a\"\n") ==
        "yoke.toml:2: 'bundled.files.read' must be a list of strings that is not empty");
  CHECK(bundled_complaint("[bundled.files]\n").find("names no folder") != std::string::npos);
  CHECK(bundled_complaint("[bundled.http]\n") == "yoke.toml:1: 'bundled.http.net' is missing");
  CHECK(bundled_complaint("[bundled]\nhttp = 5\n") ==
        "yoke.toml:2: 'bundled.http' must be a table");
  CHECK(bundled_complaint("bundled = 5\n") == "yoke.toml:1: 'bundled' must be a table");
  CHECK(bundled_complaint("[bundled.text]\nenabled = 1\n") ==
        "yoke.toml:2: 'bundled.text.enabled' must be true or false");
}

TEST_CASE("mail needs one way to send, and secrets by their names") {
  CHECK(bundled_complaint(kMail).find("needs one way to send") != std::string::npos);
  CHECK(bundled_complaint(kMail + "smtp = \"a:1\"\nwebhook = \"https://a\"\n").find("one way") !=
        std::string::npos);
  CHECK(bundled_complaint(kMail + "smtp = \"a:1\"\nuser = \"U\"\n") ==
        "yoke.toml:4: there is no secret 'U' under [secrets]");
  const std::string secrets = "[secrets]\nU = \"env:U\"\n";
  CHECK(
      bundled_complaint(secrets + kMail + "smtp = \"a:1\"\nuser = \"U\"\n").find("both user and") !=
      std::string::npos);
  CHECK(bundled_complaint(secrets + kMail + "webhook = \"https://a\"\nkey = \"U\"\n").empty());
  CHECK(
      bundled_complaint(secrets + kMail + "smtp = \"a:1\"\nkey = \"U\"\n").find("for a webhook") !=
      std::string::npos);
}

TEST_CASE("web search names a provider and what it needs") {
  CHECK(bundled_complaint("[bundled.web]\nprovider = \"brav\"\n")
            .find("there is no provider 'brav' (did you mean 'brave'?)") != std::string::npos);
  CHECK(bundled_complaint("[bundled.web]\nprovider = \"brave\"\n").find("needs key") !=
        std::string::npos);
  CHECK(bundled_complaint("[bundled.web]\nprovider = \"searxng\"\n")
            .find("'bundled.web.url' is missing") != std::string::npos);
  CHECK(bundled_complaint(kWeb).find("'bundled.web.results' is missing") != std::string::npos);
  CHECK(bundled_complaint(kWeb + "results = \"items\"\nquery = { q = \"{query}\" }\n").empty());
  CHECK(
      bundled_complaint("[secrets]\nK = \"env:K\"\n" + kWeb + "results = \"items\"\nkey = \"K\"\n")
          .find("say where the key goes") != std::string::npos);
}
