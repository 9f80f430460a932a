#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/plugins/plugin_peer.h"
#include "tests/support/real_manifests.h"

using yoke::Json;
using yoke::PluginSource;
using yoke::testing::MockRequest;
using yoke::testing::PeerAnswer;
using yoke::testing::PluginBench;
using yoke::testing::PluginPeer;

namespace {

namespace fs = std::filesystem;

std::string text_of_file(const fs::path& path) {
  std::stringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

PluginSource real_source(const std::string& manifest) {
  PluginSource source;
  auto package = yoke::Package::open(yoke::testing::real_manifests() + "/" + manifest);
  REQUIRE(package);
  source.file = (*package)->entry();
  source.package = *package;
  source.name = "real";
  source.words.environment = {{"OAUTH2AUTHCODE_CONFIGURATION_ID", "repairs-sign-in"},
                              {"OAUTH2AUTHCODE_REGISTRATION_ID", "helpdesk-sign-in"},
                              {"APP_NAME_SUFFIX", "-dev"},
                              {"OPENAPI_SERVER_URL", "https://repairs.example"}};
  return source;
}

// What a golden file holds of a request: all that the function decided.
Json told_request(const MockRequest& request) {
  Json headers = Json::object();
  for (const auto& [name, value] : request.headers) {
    const bool plain = name == "host" || name == "user-agent" || name == "accept-encoding" ||
                       name == "connection" || name == "content-length";
    if (!plain) headers[name] = value;
  }
  const yoke::Result<Json> body = yoke::parse_json(request.body);
  return {{"method", request.method},
          {"target", request.target},
          {"headers", headers},
          {"body", body ? *body : Json(request.body)}};
}

std::vector<fs::path> golden_files() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator("tests/data/copilot-golden")) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

void compare(Json& golden, const fs::path& path) {
  PluginPeer peer([](const MockRequest&) { return PeerAnswer{}; });
  PluginBench bench(real_source(golden.at("manifest").get<std::string>()), peer.origin());
  CHECK_FALSE(yoke::has_errors(bench.plugin.findings));
  std::vector<std::string> called;
  for (Json& call : golden.at("calls")) {
    const std::string function = call.at("function").get<std::string>();
    INFO(path << " " << function);
    called.push_back(function);
    const yoke::ToolOutcome outcome = bench.call(function, call.at("args"));
    INFO(outcome.message);
    CHECK(outcome.outcome == yoke::Outcome::ok);
    REQUIRE(peer.seen().size() == called.size());
    const Json request = told_request(peer.seen().back());
    const yoke::ToolSpec& spec = bench.tool(function).spec();
    const Json about = {{"effect", yoke::name_of(spec.effect)},
                        {"asks", spec.confirmation.asks.value_or(false)}};
    CHECK(yoke::to_pretty_text(call.value("request", Json())) == yoke::to_pretty_text(request));
    CHECK(call.value("tool", Json()) == about);
    call["request"] = request;
    call["tool"] = about;
  }
  for (const yoke::PluginFunction& function : bench.plugin.functions) {
    INFO("no call of " << function.name << " in " << path);
    CHECK(std::find(called.begin(), called.end(), function.name) != called.end());
  }
}

}  // namespace

TEST_CASE("each function of the real manifests makes the request that its document says") {
  if (!yoke::testing::has_real_manifests()) return;
  const char* rewrite = std::getenv("YOKE_REWRITE_GOLDEN");  // to look at them by hand afterwards
  for (const fs::path& path : golden_files()) {
    Json golden = yoke::testing::json_of(text_of_file(path));
    compare(golden, path);
    if (rewrite != nullptr) std::ofstream(path) << yoke::to_pretty_text(golden) << "\n";
  }
}

TEST_CASE("every real manifest has a golden file") {
  if (!yoke::testing::has_real_manifests()) return;
  std::vector<std::string> known;
  for (const fs::path& path : golden_files()) {
    known.push_back(yoke::testing::json_of(text_of_file(path)).at("manifest").get<std::string>());
  }
  int manifests = 0;
  for (const auto& entry : fs::recursive_directory_iterator(yoke::testing::real_manifests())) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with("ai-plugin.json") && !name.ends_with("apiplugin.json")) continue;
    const std::string path =
        entry.path().lexically_relative(yoke::testing::real_manifests()).generic_string();
    INFO(path);
    CHECK(std::find(known.begin(), known.end(), path) != known.end());
    ++manifests;
  }
  CHECK(manifests >= 9);
}
