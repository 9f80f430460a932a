#include <catch2/catch.hpp>

#include "hosts/app/route_settings.h"
#include "hosts/app/settings.h"
#include "hosts/config/config.h"
#include "tests/support/temp_project.h"

// What yoke.toml says of routes, of keys and of limits.
namespace yoke {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::string config_complaint_of(const std::string& text) {
  const Result<Config> config = parse_config(text, "yoke.toml");
  return config ? std::string() : config.error().message();
}

// Of a route with targets and one more line.
std::string route_complaint(const std::string& line) {
  return config_complaint_of("[routes.r]\ntargets = [\"a/m\", \"b/m\"]\n" + line + "\n");
}

Config parsed(const std::string& text) { return parse_config(text, "yoke.toml").value(); }

RouteSettings settings_of(const std::string& lines, const std::string& dir = "/nowhere") {
  Config config = parsed("[routes.r]\ntargets = [\"a/m\", \"b/m\"]\n" + lines + "\n");
  config.project_dir = dir;
  return route_settings_of(config, "r", config.routes.at("r")).value();
}

}  // namespace

TEST_CASE("a route without a word about it restarts, shows at once and keeps no replies") {
  const RouteSettings route = settings_of("");
  CHECK(route.strategy == "fallback");
  CHECK(route.commit.kind == CommitPoint::Kind::first_token);
  CHECK(route.after == AfterCommit::restart);
  CHECK(route.wait == seconds(2));
  CHECK_FALSE(route.spill_after);
  CHECK_FALSE(route.cache);
  CHECK(route.structured_attempts == 3);
}

TEST_CASE("a route's settings are read, each as it is meant") {
  const RouteSettings route = settings_of(
      "strategy = \"hedged\"\nshare = 0.02\ncommit = \"probe\"\nprobe_chars = 80\n"
      "probe_after = \"250ms\"\nafter = \"continue\"\nwait = \"0s\"\nspill_after = \"3s\"\n"
      "structured_attempts = 1\n"
      "cache = { age = \"1h\", entries = 50, size = \"1MiB\", sampled = true }");
  CHECK(route.strategy == "hedged");
  CHECK(route.share == 0.02);
  CHECK(route.commit == CommitPoint{CommitPoint::Kind::probe, 80, milliseconds(250)});
  CHECK(route.after == AfterCommit::go_on);
  CHECK(route.wait == seconds(0));
  CHECK(route.spill_after == seconds(3));
  CHECK(route.structured_attempts == 1);
  REQUIRE(route.cache);
  CHECK(route.cache->bounds == CacheBounds{std::chrono::hours(1), 50, 1 << 20});
  CHECK(route.cache->sampled);
  CHECK(settings_of("cache = true").cache->bounds == CacheBounds{});
  CHECK_FALSE(settings_of("cache = false").cache);
  CHECK(settings_of("strategy = \"weighted\"\nweights = [9, 1.5]").weights ==
        std::vector<double>{9, 1.5});
}

TEST_CASE("the checks of a cascade are read in every form") {
  const testing::TempFolder folder;
  folder.write("checks/good.lua", "return tool { }");
  const RouteSettings route = settings_of(
      "strategy = \"cascade\"\nescalate = [\"schema\", \"tools\", { text = \"not sure\" }, "
      "{ pattern = \"^may\" }, { field = \"confidence\", least = 0.7 }, "
      "{ lua = \"checks/good.lua\" }]",
      folder.path());
  REQUIRE(route.checks.size() == 6);
  CHECK(route.checks[0].kind == RouteCheck::Kind::schema);
  CHECK(route.checks[1].kind == RouteCheck::Kind::tools);
  CHECK(route.checks[2].words == "not sure");
  CHECK(route.checks[3].regex != nullptr);
  CHECK(route.checks[4].least == 0.7);
  CHECK(route.checks[5].script->text == "return tool { }");
}

TEST_CASE("a wrong setting of a route is named with its line and the mend") {
  CHECK(route_complaint("commit = \"first\"") ==
        "yoke.toml:3: 'routes.r.commit' is one of first_token, probe, whole, not 'first'");
  CHECK(route_complaint("after = \"restat\"") ==
        "yoke.toml:3: 'routes.r.after' is one of restart, error, continue, not 'restat' (did you "
        "mean 'restart'?)");
  CHECK(route_complaint("share = 5") ==
        "yoke.toml:3: 'routes.r.share' is a number from 0 to 1: 0.05 is every twentieth call");
  CHECK(route_complaint("share = 0.5") ==
        "yoke.toml:3: 'routes.r.share' is for the strategies fastest, hedged and shadow");
  CHECK(route_complaint("weights = [1, 2]") ==
        "yoke.toml:3: 'routes.r.weights' is for strategy = \"weighted\"");
  CHECK(route_complaint("strategy = \"weighted\"\nweights = [1, -2]") ==
        "yoke.toml:4: 'routes.r.weights' is a list of numbers, one for each target");
  CHECK(route_complaint("escalate = [\"schema\"]") ==
        "yoke.toml:3: 'routes.r.escalate' is for strategy = \"cascade\"");
  CHECK(route_complaint("probe_chars = 5") ==
        "yoke.toml:3: 'routes.r.probe_chars' is for commit = \"probe\"");
  CHECK(route_complaint("spill_after = 5") ==
        "yoke.toml:3: 'routes.r.spill_after' must be a string");
  CHECK(route_complaint("spill_after = \"soon\"") ==
        "yoke.toml:3: 'routes.r.spill_after' must be a duration such as \"10m\"");
  CHECK(route_complaint("structured_attempts = 0") ==
        "yoke.toml:3: 'routes.r.structured_attempts' must be a whole number from 1 to 10");
  CHECK(route_complaint("cache = { ages = \"1h\" }") ==
        "yoke.toml:3: unknown key 'routes.r.cache.ages' (did you mean 'age'?)");
  CHECK(route_complaint("cache = \"1h\"") ==
        "yoke.toml:3: 'routes.r.cache' is true, or a table such as { age = \"1h\" }");
  for (const std::string wrong :
       {"\"shema\"", "{ field = \"a\" }", "{ text = \"a\", pattern = \"b\" }", "{ text = \"\" }",
        "{ text = \"a\", least = 1 }", "7", "{ }"}) {
    INFO(wrong);
    const std::string said = route_complaint("strategy = \"cascade\"\nescalate = [" + wrong + "]");
    CHECK(said.starts_with("yoke.toml:4: 'routes.r.escalate' holds \"schema\", \"tools\", "));
  }
}

TEST_CASE("a check whose pattern or file is wrong is named with its line") {
  Config config = parsed(
      "[routes.r]\ntargets = [\"a/m\"]\nstrategy = \"cascade\"\n"
      "escalate = [\n  { pattern = \"(\" },\n  { lua = \"none.lua\" }]\n");
  config.project_dir = "/nowhere";
  const auto said = [&config](std::size_t at) {
    RouteConfig one = config.routes.at("r");
    one.checks = {one.checks[at]};
    return route_settings_of(config, "r", one).error().message();
  };
  CHECK(said(0).starts_with("yoke.toml:5: routes.r.escalate: "));
  CHECK(said(1).starts_with("yoke.toml:6: routes.r.escalate: "));
}

TEST_CASE("an error of the router is placed at the very line it is about") {
  const Config config = parsed(
      "[routes.r]\ntargets = [\"a/m\"]\n\nstrategy = \"falback\"\n\n[routes.rs]\n"
      "targets = [\"a/m\"]\n");
  const auto place = [&config](const std::string& detail) {
    return placed(config, Error{Errc::invalid, detail}).place;
  };
  CHECK(place("routes.r.strategy: unknown strategy") == "yoke.toml:4");
  CHECK(place("routes.r.targets[0]: no backend") == "yoke.toml:2");
  CHECK(place("routes.rs.weights: none") == "yoke.toml:6");
}

TEST_CASE("limits and several keys of a backend are read, and their mistakes named") {
  const std::string head = "[backends.a]\npreset = \"openai\"\n";
  const Config config = parsed(head +
                               "api_keys = [\"env:A\", \"env:B\"]\n[backends.a.limits]\n"
                               "requests_per_minute = 60\ntokens_per_minute = 90000\n"
                               "concurrent = 4\n");
  const BackendConfig& backend = config.backends.at("a");
  CHECK(backend.api_keys == std::vector<std::string>{"env:A", "env:B"});
  CHECK(backend.limits.requests_per_minute == 60);
  CHECK(backend.limits.tokens_per_minute == 90'000);
  CHECK(backend.limits.concurrent == 4);
  CHECK(config_complaint_of(head + "api_key = \"env:A\"\napi_keys = [\"env:B\"]\n") ==
        "yoke.toml:4: 'backends.a' has api_key and api_keys: write all keys into api_keys");
  CHECK(config_complaint_of(head + "api_keys = []\n") ==
        "yoke.toml:3: 'backends.a.api_keys' names no key");
  CHECK(config_complaint_of(head + "limits = { rpm = 5 }\n")
            .starts_with("yoke.toml:3: unknown key 'backends.a.limits.rpm'"));
  CHECK(config_complaint_of(head + "limits = { concurrent = 0 }\n") ==
        "yoke.toml:3: 'backends.a.limits.concurrent' must be a whole number from 1 to 100000");
}

TEST_CASE("of several keys those that are there are used, under the names they have") {
  Config config = parsed("[backends.a]\npreset = \"openai\"\napi_keys = [\"env:A\", \"env:B\"]\n");
  config.env["B"] = "sk-b";
  const ModelsConfig models = models_of(config).value();
  const BackendSettings& settings = models.backends.at("a");
  REQUIRE(settings.api_keys.size() == 1);
  CHECK(settings.api_keys[0].name == "env:B");
  CHECK(settings.api_key.reveal() == "sk-b");
  config.env.clear();
  CHECK(models_of(config).value().backends.at("a").api_key_name == "env:A or env:B");
}

}  // namespace yoke
