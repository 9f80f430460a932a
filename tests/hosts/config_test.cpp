#include <stdlib.h>

#include <catch2/catch.hpp>

#include "hosts/config/config.h"
#include "tests/support/temp_project.h"

// yoke.toml: what is read of it, and what is said of mistakes.
namespace yoke {
namespace {

constexpr const char* kWhole = R"toml([store]
url = "sqlite:.yoke/yoke.db"

[secrets]                                   # names that scripts and plugins may be granted
WEATHER_KEY = "env:WEATHER_KEY"             # or "file:PATH", or "vault" (yoke secrets set)

[backends.openai]
preset = "openai"
api_key = "env:OPENAI_API_KEY"

[backends.lab]
preset = "openai-compatible"                # any preset takes base_url
base_url = "http://127.0.0.1:9000/v1"

[backends.local]
preset = "llama.cpp"
launch = ["llama-server", "-m", "qwen3-4b.gguf", "--port", "{port}", "-ngl", "99"]

[backends.demo]
preset = "scripted"
script = "models/demo.lua"

[routes.default]
strategy = "fallback"
targets = ["openai/gpt-5-mini", "local/qwen3-4b"]   # the first "/" splits backend from model

[tools]
paths = ["tools"]                           # folders of Lua tool scripts

[mcp.files]
command = ["npx", "-y", "@modelcontextprotocol/server-filesystem", "."]

[plugins.contacts]
path = "plugins/contacts/ai-plugin.json"

[policy]                                    # deny wins over ask, ask over allow
allow = ["csv.*"]
ask = ["mail.send(to=*@elsewhere.example)", "mail.*"]
deny = ["*.delete"]

[budgets]
day = { usd = 20.0 }

[serve]
listen = "127.0.0.1:8177"

[schedules.weekly]
cron = "0 8 * * MON"
zone = "Europe/Oslo"
agent = "weekly-report"
)toml";

// "place: detail" of the error; empty when the text parses.
std::string complaint(const std::string& text) {
  const Result<Config> config = parse_config(text, "yoke.toml");
  return config ? std::string() : config.error().message();
}

using testing::TempFolder;

Result<Config> load_from(const std::string& dir, const std::string& store = "") {
  ConfigPlace place;
  place.start_dir = dir;
  place.store_url = store;
  return load_config(place);
}

}  // namespace

TEST_CASE("the whole example of the manual is read") {
  const Result<Config> config = parse_config(kWhole, "yoke.toml");
  REQUIRE(config.has_value());
  CHECK(config->store_url == "sqlite:.yoke/yoke.db");
  CHECK(config->secrets.at("WEATHER_KEY") == "env:WEATHER_KEY");
  REQUIRE(config->backends.size() == 4);
  CHECK(config->backends.at("openai").api_key == "env:OPENAI_API_KEY");
  CHECK(config->backends.at("lab").base_url == "http://127.0.0.1:9000/v1");
  CHECK(config->backends.at("local").local.launch.size() == 7);
  CHECK(config->backends.at("demo").script == "models/demo.lua");
  CHECK(config->routes.at("default").targets.size() == 2);
  CHECK(config->routes.at("default").strategy == "fallback");
  CHECK(config->tool_paths == std::vector<std::string>{"tools"});
  REQUIRE(config->policy.allow.size() == 1);
  CHECK(config->policy.allow[0].text == "csv.*");
  CHECK(config->policy.ask.size() == 2);
  CHECK(config->policy.deny.size() == 1);
  REQUIRE(config->budgets.size() == 1);
  CHECK(config->budgets.front().usd == 20'000'000'000);
  CHECK(config->budgets.front().per == "day");
  CHECK(config->inactive.empty());
}

TEST_CASE("an empty file is a project with defaults") {
  const Result<Config> config = parse_config("", "yoke.toml");
  REQUIRE(config.has_value());
  CHECK(config->tool_paths == std::vector<std::string>{"tools"});
  CHECK(config->backends.empty());
}

TEST_CASE("an unknown key is named with its line and the nearest known one, at every level") {
  CHECK(complaint("[polcy]\n") == "yoke.toml:1: unknown key 'polcy' (did you mean 'policy'?)");
  CHECK(complaint("[store]\n\nulr = \"x\"\n") ==
        "yoke.toml:3: unknown key 'store.ulr' (did you mean 'url'?)");
  CHECK(complaint("[backends.a]\npreset = \"openai\"\nbase-url = \"x\"\n") ==
        "yoke.toml:3: unknown key 'backends.a.base-url' (did you mean 'base_url'?)");
  CHECK(complaint("[routes.default]\ntarget = [\"a/b\"]\n").find("did you mean 'targets'?") !=
        std::string::npos);
  CHECK(complaint("[budgets]\nday = { eur = 1 }\n").starts_with("yoke.toml:2: "));
}

TEST_CASE("labels, trust and critical arguments are read, and how long questions stay open") {
  const auto config = parse_config(
      "[policy]\nlabels = \"strict\"\ntrusted = [\"crm.*\"]\nuntrusted = [\"mbox.*\"]\n"
      "[policy.critical]\n\"mbox.delete\" = [\"id\"]\n[questions]\nexpire_after = \"24h\"\n",
      "yoke.toml");
  REQUIRE(config.has_value());
  CHECK(config->policy.labels == "strict");
  CHECK(config->policy.trusted[0].text == "crm.*");
  CHECK(config->policy.untrusted[0].line == 4);
  CHECK(config->policy.critical.at("mbox.delete") == std::vector<std::string>{"id"});
  CHECK(config->questions.expire_after == std::chrono::hours(24));
  const auto plain = parse_config("", "yoke.toml");
  REQUIRE(plain.has_value());
  CHECK(plain->policy.labels == "on");
  CHECK(plain->questions.expire_after.count() == 0);
  CHECK(complaint("[policy]\nlabels = \"loose\"\n") ==
        "yoke.toml:2: 'policy.labels' must be \"on\", \"off\" or \"strict\"");
  CHECK(complaint("[questions]\nexpire_afer = \"1h\"\n").find("did you mean 'expire_after'?") !=
        std::string::npos);
}

TEST_CASE("a value of the wrong type is named with its line") {
  CHECK(complaint("[store]\nurl = 5\n") == "yoke.toml:2: 'store.url' must be a string");
  CHECK(complaint("store = 5\n") == "yoke.toml:1: 'store' must be a table");
  CHECK(complaint("[tools]\npaths = \"tools\"\n") ==
        "yoke.toml:2: 'tools.paths' must be a list of strings");
  CHECK(complaint("[tools]\npaths = [\n  \"a\",\n  1 ]\n") ==
        "yoke.toml:4: 'tools.paths' must hold strings only");
  CHECK(complaint("[budgets]\nday = { usd = -1 }\n").starts_with("yoke.toml:2: "));
  CHECK(complaint("[secrets]\nA = 1\n") == "yoke.toml:2: 'secrets.A' must be a string");
}

TEST_CASE("narrowings and rules keep the lines they stand in") {
  const Result<Config> config = parse_config(
      "[permissions.\"mail.*\"]\nnet = [\"a.example\"]\nkv = \"read\"\n"
      "[policy]\ndeny = [\n  \"a.b\",\n  \"c.d\" ]\n[tools]\nthird_party = []\n",
      "yoke.toml");
  REQUIRE(config.has_value());
  REQUIRE(config->narrowings.size() == 1);
  CHECK(config->narrowings[0].tools == "mail.*");
  CHECK(config->narrowings[0].line == 1);
  CHECK(config->narrowings[0].lines.at("kv") == 3);
  CHECK(to_text(config->narrowings[0].caps) == R"({"kv":"read","net":["a.example"]})");
  REQUIRE(config->policy.deny.size() == 2);
  CHECK(config->policy.deny[1].line == 7);
  CHECK(config->third_party.empty());
  CHECK(complaint("[permissions]\n\"mail.*\" = 5\n").starts_with("yoke.toml:2: 'permissions."));
}

TEST_CASE("a secret's value where a reference should stand is refused and not repeated") {
  const std::string told = complaint("[secrets]\nA = \"env:A\"\nB = \"sk-123\"\n");
  CHECK(told.starts_with("yoke.toml:3: 'secrets.B' must say where the value is"));
  CHECK(told.find("sk-123") == std::string::npos);
}

TEST_CASE("how a backend's requests are sent can be set") {
  const Result<Config> config = parse_config(R"toml([backends.a]
preset = "openai"
headers = { X-Team = "blue", X-Key = "env:YOKE_TEST_KEY" }
prices = { input = 1, cached = 0.5, cache_write = 1.25, output = 4 }
attempts = 5
idle_timeout = "90s"
body = { seed = 7, stop = ["END"], deep = { top_p = 0.5, on = true } }
)toml",
                                             "yoke.toml");
  REQUIRE(config.has_value());
  const BackendConfig& backend = config->backends.at("a");
  CHECK(backend.attempts == 5);
  CHECK(backend.idle_timeout == std::chrono::seconds(90));
  CHECK(number_at(backend.prices, "cache_write") == 1.25);
  CHECK(to_text(backend.body) == R"({"deep":{"on":true,"top_p":0.5},"seed":7,"stop":["END"]})");
}

TEST_CASE("what makes no sense of a backend's requests is named with its line") {
  const auto wrong = [](const std::string& line) {
    return complaint("[backends.a]\npreset = \"openai\"\n" + line + "\n");
  };
  const std::string attempts =
      "yoke.toml:3: 'backends.a.attempts' must be a whole number from 1 to 10";
  for (const char* bad : {"0", "11", "-1", "2.5", "\"two\"", "9223372036854775807"}) {
    CHECK(wrong(std::string("attempts = ") + bad) == attempts);
  }
  for (const char* bad : {"\"soon\"", "\"0s\"", "120"}) {
    CHECK(wrong(std::string("idle_timeout = ") + bad).starts_with("yoke.toml:3: "));
  }
  CHECK(wrong("body = { a = inf }") ==
        "yoke.toml:3: 'backends.a.body' holds a value that JSON does not have");
  CHECK(wrong("body = { a = [ 1979-05-27 ] }").starts_with("yoke.toml:3: "));
  CHECK(wrong("body = 5") == "yoke.toml:3: 'backends.a.body' must be a table");
  for (const char* bad : {"nan", "inf", "-1", "1e7", "\"free\""}) {
    CHECK(wrong("prices = { input = " + std::string(bad) + ", output = 1 }") ==
          "yoke.toml:3: 'backends.a.prices' holds dollars per million tokens");
  }
}

TEST_CASE("a budget is an amount of dollars that can be kept") {
  for (const char* bad : {"nan", "inf", "-0.01", "1e7", "\"all\""}) {
    CHECK(complaint("[budgets]\nday = { usd = " + std::string(bad) + " }\n") ==
          "yoke.toml:2: 'budgets.day' must be { usd = NUMBER }, from 0 to 1000000");
  }
  CHECK(complaint("[budgets]\nday = { usd = 0 }\n").empty());
}

TEST_CASE("a budget bounds all runs, each run, agent, tenant or session, or one by its name") {
  const Result<Config> config = parse_config(
      "[budgets]\nday = { usd = 20, tokens = 5000 }\nmonth = { usd = 300 }\n"
      "total = { usd = 1000 }\nrun = { usd = 0.5 }\nagent = { usd = 5 }\n"
      "[budgets.agents.analyst]\nusd = 9\nper = \"month\"\n[budgets.sessions]\n"
      "talk = { tokens = 100 }\n[budgets.tenants.acme]\nusd = 1\n",
      "yoke.toml");
  REQUIRE(config.has_value());
  std::string all;
  for (const BudgetConfig& budget : config->budgets) {
    all += budget.scope + ":" + budget.name + " per " + budget.per;
    if (budget.usd) all += " " + to_dollars(*budget.usd);
    if (budget.tokens) all += " " + std::to_string(*budget.tokens);
    all += " @" + std::to_string(budget.line) + "\n";
  }
  CHECK(all ==
        "all: per day $20.00 5000 @2\nall: per month $300.00 @3\nall: per ever $1000.00 @4\n"
        "run: per ever $0.50 @5\nagent: per day $5.00 @6\nagent:analyst per month $9.00 @7\n"
        "tenant:acme per day $1.00 @12\nsession:talk per ever 100 @11\n");
}

TEST_CASE("a budget that bounds nothing or bounds it oddly is named with its line") {
  CHECK(complaint("[budgets]\nrun = {}\n") ==
        "yoke.toml:2: 'budgets.run' bounds nothing: give it usd or tokens");
  CHECK(complaint("[budgets]\nrun = 5\n") ==
        "yoke.toml:2: 'budgets.run' must be { usd = NUMBER }, from 0 to 1000000");
  CHECK(complaint("[budgets]\nagents = { a = 5 }\n") ==
        "yoke.toml:2: 'budgets.agents.a' must be { usd = NUMBER }, from 0 to 1000000");
  CHECK(complaint("[budgets]\nagent = { usd = 1, per = \"dya\" }\n") ==
        "yoke.toml:2: 'budgets.agent.per' must be \"day\", \"month\" or \"ever\" (did you mean "
        "'day'?)");
  CHECK(complaint("[budgets]\nday = { usd = 1, per = \"day\" }\n") ==
        "yoke.toml:2: unknown key 'budgets.day.per'");
  CHECK(complaint("[budgets]\nday = { tokens = 1.5 }\n") ==
        "yoke.toml:2: 'budgets.day.tokens' must be a whole number from 0 to 1000000000000");
  CHECK(complaint("[budgets]\ndays = { usd = 1 }\n") ==
        "yoke.toml:2: unknown key 'budgets.days' (did you mean 'day'?)");
}

TEST_CASE("what a backend or a route cannot do without is missed") {
  CHECK(complaint("[backends.a]\nbase_url = \"http://x\"\n") ==
        "yoke.toml:1: 'backends.a.preset' is missing");
  CHECK(complaint("[routes.r]\n").starts_with("yoke.toml:1: 'routes.r.targets'"));
  CHECK(complaint("[backends.\"a/b\"]\npreset = \"openai\"\n").find("'/'") != std::string::npos);
}

TEST_CASE("text that is no TOML is named with its line") {
  CHECK(complaint("[store]\nurl = \"x\n").starts_with("yoke.toml:2"));
  CHECK(complaint("[store]\n[store]\n").starts_with("yoke.toml:2"));
}

TEST_CASE("the settings of the folder above are found, with paths against them") {
  const TempFolder folder;
  folder.write("project/yoke.toml", "[store]\nurl = \"sqlite:data/runs.db\"\n");
  folder.write("project/deep/er/x", "");
  const Result<Config> config = load_from(folder.file("project/deep/er"));
  REQUIRE(config.has_value());
  CHECK(config->project_dir == folder.file("project"));
  CHECK(config->file == folder.file("project/yoke.toml"));
  CHECK(config->store_url == "sqlite:" + folder.file("project/data/runs.db"));
}

TEST_CASE("a store named on the command line outranks the file's") {
  const TempFolder folder;
  folder.write("yoke.toml", "[store]\nurl = \"sqlite:data/runs.db\"\n");
  CHECK(load_from(folder.path(), "memory:")->store_url == "memory:");
  const std::string here = std::filesystem::current_path().string();
  CHECK(load_from(folder.path(), "sqlite:my.db")->store_url == "sqlite:" + here + "/my.db");
}

TEST_CASE("a file that is named and not there is an error") {
  ConfigPlace place;
  place.file = "no/such/yoke.toml";
  const Result<Config> config = load_config(place);
  REQUIRE_FALSE(config.has_value());
  CHECK(config.error().message().find("no/such/yoke.toml") != std::string::npos);
}

TEST_CASE("references are resolved from .env, files and the environment, which wins") {
  const TempFolder folder;
  folder.write("yoke.toml", "");
  folder.write(".env", "# keys\nexport YOKE_TEST_ONE=first\nYOKE_TEST_TWO = \"a b\"\nBAD LINE\n");
  folder.write("keys/three", "third\n");
  const Result<Config> config = load_from(folder.path());
  REQUIRE(config.has_value());
  CHECK(*resolve_reference(*config, "env:YOKE_TEST_ONE") == "first");
  CHECK(*resolve_reference(*config, "env:YOKE_TEST_TWO") == "a b");
  CHECK(*resolve_reference(*config, "file:keys/three") == "third");
  ::setenv("YOKE_TEST_ONE", "outer", 1);
  CHECK(*resolve_reference(*config, "env:YOKE_TEST_ONE") == "outer");
  ::unsetenv("YOKE_TEST_ONE");
  const Result<std::string> missing = resolve_reference(*config, "env:YOKE_TEST_NONE");
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().message().find("YOKE_TEST_NONE is not set") != std::string::npos);
}

TEST_CASE("a secret that is written out is refused without being repeated") {
  const Result<Config> config = parse_config("", "yoke.toml");
  const Result<std::string> pasted = resolve_reference(*config, "sk-secret");
  REQUIRE_FALSE(pasted.has_value());
  CHECK(pasted.error().message().find("sk-secret") == std::string::npos);
}

}  // namespace yoke
