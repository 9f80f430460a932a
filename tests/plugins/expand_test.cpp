#include "tools/plugins/expand.h"

#include "tests/plugins/fixture.h"

using yoke::Json;
using yoke::ManifestWords;
using yoke::Package;
using yoke::PluginFindings;
using yoke::testing::lines_of;

namespace {

std::shared_ptr<Package> package_of(const std::string& manifest) {
  return Package::from_files({{"app/agent.json", manifest},
                              {"app/instruction.txt", "\xEF\xBB\xBFSay ${{WORD}}."},
                              {"secret.txt", "above"}});
}

}  // namespace

TEST_CASE("a manifest may begin with a byte-order mark") {
  PluginFindings findings;
  const auto package = package_of("\xEF\xBB\xBF{\"name\":\"x\"}");
  const auto read = yoke::read_manifest(*package, "app/agent.json", {}, findings);
  REQUIRE(read);
  CHECK(read->at("name") == "x");
}

TEST_CASE("texts take in files of the package and variables that are set") {
  PluginFindings findings;
  ManifestWords words;
  words.environment = {{"WORD", "hello"}, {"SUFFIX", "-dev"}};
  const auto package = package_of(
      R"({"name":"App${{SUFFIX}}","instructions":"$[file('instruction.txt')]",
          "more":"Begin: $[ file( './instruction.txt' ) ] End","list":["${{ WORD }}"]})");
  const auto read = yoke::read_manifest(*package, "app/agent.json", words, findings);
  REQUIRE(read);
  CHECK(read->at("name") == "App-dev");
  CHECK(read->at("instructions") == "Say hello.");
  CHECK(read->at("list")[0] == "hello");
  CHECK_FALSE(yoke::has_errors(findings));
}

TEST_CASE("a variable that is not set is told of and stays") {
  PluginFindings findings;
  const auto package = package_of(R"({"auth":{"reference_id":"${{OAUTH_ID}}"}})");
  const auto read = yoke::read_manifest(*package, "app/agent.json", {}, findings);
  REQUIRE(read);
  CHECK(read->at("auth").at("reference_id") == "${{OAUTH_ID}}");
  CHECK(lines_of(findings) ==
        "app/agent.json#/auth/reference_id: not: nothing is set for the variable 'OAUTH_ID'; the "
        "text stays as it is\n");
}

TEST_CASE("a text takes in no file from outside of the package") {
  for (const char* file : {"../../etc/passwd", "/etc/passwd", "missing.txt", "..\\\\x"}) {
    INFO(file);
    PluginFindings findings;
    const auto package =
        package_of(R"({"instructions":"$[file(')" + std::string(file) + R"(')]"})");
    const auto read = yoke::read_manifest(*package, "app/agent.json", {}, findings);
    REQUIRE(read);
    CHECK(yoke::has_errors(findings));
  }
}

TEST_CASE("texts that grow without bound are refused") {
  std::string many;
  for (int i = 0; i < 100; ++i) many += "$[file('big.txt')]";
  const auto package = Package::from_files(
      {{"agent.json", "{\"a\":\"" + many + "\"}"}, {"big.txt", std::string(1u << 20, 'x')}});
  PluginFindings findings;
  const auto read = yoke::read_manifest(*package, "agent.json", {}, findings);
  REQUIRE_FALSE(read);
  CHECK(read.error().code == yoke::Errc::too_large);
}

TEST_CASE("localised texts come from the language's file and else from the default one") {
  const auto package = Package::from_files(
      {{"en.json", R"({"localizationKeys":{"name":"Repairs","hint":"Ask"}})"},
       {"fr.json", R"({"localizationKeys":{"name":"Réparations"}})"},
       {"agent.json", R"({"name":"[[name]]","hint":"[[hint]]","none":"[[none]]"})"}});
  const Json app = yoke::testing::json_of(
      R"({"localizationInfo":{"defaultLanguageTag":"en-us","defaultLanguageFile":"en.json",
          "additionalLanguages":[{"languageTag":"fr","file":"fr.json"}]}})");
  PluginFindings findings;
  ManifestWords words;
  words.localised = yoke::read_localisation(*package, app, "fr-ca", findings);
  const auto read = yoke::read_manifest(*package, "agent.json", words, findings);
  REQUIRE(read);
  CHECK(read->at("name") == "Réparations");
  CHECK(read->at("hint") == "Ask");
  CHECK(read->at("none") == "[[none]]");
  CHECK_THAT(lines_of(findings), Catch::Contains("no localisation file has the key 'none'"));
}
