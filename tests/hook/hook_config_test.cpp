#include <catch2/catch.hpp>

#include "hosts/config/config.h"
#include "hosts/hook/telemetry/settings.h"

// [serve.models] and [telemetry] in yoke.toml, and what OpenTelemetry's variables add.
namespace yoke::testing {
namespace {

std::string error_of(const std::string& text) {
  const Result<Config> config = parse_config(text, "yoke.toml");
  return config ? std::string() : config.error().message();
}

// As in a project with that .env beside it; names that this process has are better left out.
Config config_of(const std::string& text, std::map<std::string, std::string> env = {}) {
  Config config = parse_config(text, "yoke.toml").value();
  config.file = "/project/yoke.toml";
  config.project_dir = "/project";
  config.env = std::move(env);
  return config;
}

TelemetrySettings settings_of(const std::string& text,
                              std::map<std::string, std::string> env = {}) {
  return telemetry_settings(config_of(text, std::move(env)), "1.0").value();
}

std::string settings_error(const std::string& text, std::map<std::string, std::string> env = {}) {
  const auto settings = telemetry_settings(config_of(text, std::move(env)), "1.0");
  return settings ? std::string() : settings.error().message();
}

}  // namespace

TEST_CASE("names that clients insist on are read with what they mean") {
  const Result<Config> config = parse_config(
      "[serve.models]\n\"claude-*\" = \"route/default\"\ngpt-5 = \"agent/clerk\"\n"
      "\"*mini\" = \"lab/org/model\"\n",
      "yoke.toml");
  REQUIRE(config.has_value());
  CHECK(config->serve.models == std::map<std::string, std::string>{{"claude-*", "route/default"},
                                                                   {"gpt-5", "agent/clerk"},
                                                                   {"*mini", "lab/org/model"}});
}

TEST_CASE("a name that is mapped to nothing is an error with its line and the mend") {
  for (const char* target : {"default", "", "/default", "route/"}) {
    CHECK(error_of("[serve.models]\na = \"agent/b\"\ngpt-5 = \"" + std::string(target) + "\"\n") ==
          "yoke.toml:3: 'serve.models.gpt-5': '" + std::string(target) +
              "' is no target: write agent/NAME, route/NAME or backend/model");
  }
  CHECK(error_of("[serve.models]\ngpt-5 = 5\n") ==
        "yoke.toml:2: 'serve.models.gpt-5' must be a string");
  CHECK(error_of("[serve]\nmodels = \"route/default\"\n").starts_with("yoke.toml:2: "));
}

TEST_CASE("what is told about runs, and where, is read") {
  const Result<Config> config = parse_config(
      "[telemetry]\nlog = \"json\"\notlp = \"https://collector.example\"\ncontent = true\n"
      "headers = { api-key = \"env:OTLP_KEY\" }\n",
      "yoke.toml");
  REQUIRE(config.has_value());
  CHECK(config->telemetry.log == "json");
  CHECK(config->telemetry.otlp == "https://collector.example");
  CHECK(config->telemetry.content);
  CHECK(config->telemetry.headers.at("api-key") == "env:OTLP_KEY");
  for (const char* log : {"text", "none"}) {
    CHECK(error_of("[telemetry]\nlog = \"" + std::string(log) + "\"\n").empty());
  }
}

TEST_CASE("hosts and origins that no request could match are errors with their line and mend") {
  const auto hosts = [](const std::string& text) {
    return error_of("[serve]\nhosts = [\"fine.example\",\n \"" + text + "\"]\n");
  };
  const std::string one = "\", without a scheme, port or path";
  const auto wrong = [&](const std::string& text) {
    return "yoke.toml:3: 'serve.hosts': '" + text +
           "' is no host: write its name alone, \"yoke.example" + one;
  };
  for (const char* text :
       {"yoke.example:8443", "https://yoke.example", "yoke.example/", "http://yoke.example:80/x"}) {
    CHECK(hosts(text) == wrong(text));
  }
  CHECK(hosts("[::1]:80").find("write its name alone, \"::1\"") != std::string::npos);
  CHECK(hosts("").starts_with("yoke.toml:3: 'serve.hosts': '' is no host"));
  for (const char* text : {"yoke.example", "*.lab.example", "192.0.2.7", "::1"}) {
    CHECK(hosts(text).empty());
  }
  const auto origins = [](const std::string& text) {
    return error_of("[serve]\norigins = [\"" + text + "\"]\n");
  };
  const std::string as_sent = "' is no origin: write it as browsers send it, ";
  CHECK(origins("app.example") == "yoke.toml:2: 'serve.origins': 'app.example" + as_sent +
                                      "with its scheme: \"https://app.example\"");
  CHECK(origins("https://app.example/") == "yoke.toml:2: 'serve.origins': 'https://app.example/" +
                                               as_sent + "without a path: \"https://app.example\"");
  CHECK(origins("*").starts_with("yoke.toml:2: 'serve.origins': '*' is no origin"));
  CHECK(origins("http://localhost:3000").empty());
}

TEST_CASE("telemetry that cannot be meant so is an error with its line and the mend") {
  CHECK(error_of("[telemetry]\nlogs = \"json\"\n") ==
        "yoke.toml:2: unknown key 'telemetry.logs' (did you mean 'log'?)");
  CHECK(error_of("[telemetry]\nlog = \"xml\"\n") ==
        "yoke.toml:2: 'telemetry.log' must be \"text\", \"json\" or \"none\"");
  CHECK(error_of("[telemetry]\nlog = true\n") == "yoke.toml:2: 'telemetry.log' must be a string");
  CHECK(error_of("[telemetry]\n\notlp = 4318\n") ==
        "yoke.toml:3: 'telemetry.otlp' must be a string");
  CHECK(error_of("[telemetry]\notlp = \"127.0.0.1:4318\"\n") ==
        "yoke.toml:2: 'telemetry.otlp': '127.0.0.1:4318' is no collector's address: begin it with "
        "http:// or https://");
  CHECK(error_of("[telemetry]\ncontent = \"yes\"\n") ==
        "yoke.toml:2: 'telemetry.content' must be true or false");
  CHECK(error_of("[telemetry.headers]\napi-key = 7\n") ==
        "yoke.toml:2: 'telemetry.headers.api-key' must be a string");
  CHECK(error_of("[telemetry]\nheaders = \"x\"\n").starts_with("yoke.toml:2: "));
}

TEST_CASE("nothing is sent until a collector is named, and its address gets the path of traces") {
  CHECK(settings_of("").otlp.url.empty());
  const std::string there = "[telemetry]\notlp = \"http://c.example:4318/\"\n";
  CHECK(settings_of(there).otlp.url == "http://c.example:4318/v1/traces");
  CHECK(settings_of(there, {{"OTEL_SDK_DISABLED", "true"}}).otlp.url.empty());
}

TEST_CASE("OpenTelemetry's variables say what yoke.toml leaves open") {
  const TelemetrySettings settings = settings_of(
      "", {{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://c.example"},
           {"OTEL_EXPORTER_OTLP_HEADERS", "a=1, b=2,Authorization=Bearer%20x%3D%2C,odd=5%"},
           {"OTEL_SERVICE_NAME", "agents"},
           {"OTEL_SEMCONV_STABILITY_OPT_IN", "http,gen_ai_latest_experimental"}});
  CHECK(settings.otlp.url == "http://c.example/v1/traces");
  CHECK(settings.otlp.headers.get("b") == "2");
  CHECK(settings.otlp.headers.get("Authorization") == "Bearer x=,");
  CHECK(settings.otlp.headers.get("odd") == "5%");
  CHECK(settings.otlp.resource.service == "agents");
  CHECK(settings.otlp.resource.version == "1.0");
  CHECK(settings.newest_names);
  const std::map<std::string, std::string> both = {
      {"OTEL_EXPORTER_OTLP_ENDPOINT", "http://c.example"},
      {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://t.example/v1/traces"}};
  CHECK(settings_of("", both).otlp.url == "http://t.example/v1/traces");
  CHECK(settings_of("[telemetry]\notlp = \"http://own.example\"\n", both).otlp.url ==
        "http://own.example/v1/traces");
}

TEST_CASE("a header's value comes from where its reference says, and is never told") {
  const std::string text =
      "[telemetry]\notlp = \"http://c.example\"\nheaders = { api-key = \"env:OTLP_KEY\" }\n";
  CHECK(settings_of(text, {{"OTLP_KEY", "k"}}).otlp.headers.get("api-key") == "k");
  CHECK(settings_error(text).starts_with("yoke.toml:1: the environment variable OTLP_KEY is not"));
  const std::string broken = settings_error(text, {{"OTLP_KEY", "hunter2\nx"}});
  CHECK(broken.starts_with("yoke.toml:1: "));
  CHECK(broken.find("hunter2") == std::string::npos);
}

TEST_CASE("a variable that is wrong is named") {
  CHECK(settings_error("", {{"OTEL_EXPORTER_OTLP_ENDPOINT", "c.example"}})
            .starts_with("OTEL_EXPORTER_OTLP_ENDPOINT: "));
  CHECK(settings_error("", {{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://c.example"},
                            {"OTEL_EXPORTER_OTLP_HEADERS", "nothing"}})
            .starts_with("OTEL_EXPORTER_OTLP_HEADERS: it is a list of NAME=VALUE"));
}

}  // namespace yoke::testing
