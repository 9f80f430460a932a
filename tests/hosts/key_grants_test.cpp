#include <catch2/catch.hpp>
#include <filesystem>
#include <mutex>

#include "hosts/app/shared_keys.h"
#include "tests/hosts/sample.h"
#include "tests/support/mock_socket.h"
#include "tests/support/temp_project.h"

// A key that plugins share is shown where a person has agreed to it, and nowhere else.
namespace yoke::testing {
namespace {

constexpr const char* kKeysToml = R"toml([backends.demo]
preset = "scripted"
script = "models/caller.lua"
[routes.default]
targets = ["demo/caller"]
[secrets]
tides = "file:tides.key"
[auth.TIDES]
secret = "tides"
)toml";

constexpr const char* kKeysModel = R"lua(return model {
  name = "caller",
  reply = function(request)
    for _, message in ipairs(request.messages) do
      for _, part in ipairs(message.parts) do
        if part.type == "tool_result" then return { text = "came: " .. part.content } end
      end
    end
    return { calls = { { tool = "plugin:menu.prices", args = {} } } }
  end,
}
)lua";

constexpr const char* kKeysAgent = R"lua(return agent {
  name = "clerk", description = "Calls.", model = "default", instructions = "Call.",
  tools = { "plugin:*" },
}
)lua";

// Answers with an object and keeps what it was shown.
class KeyedApi {
 public:
  KeyedApi()
      : server_([this](const MockRequest& request, MockConnection& connection) {
          const std::lock_guard lock(mutex_);
          const auto found = request.headers.find("authorization");
          shown_.push_back(found == request.headers.end() ? "" : found->second);
          return connection.send(
              "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n"
              "{\"tea\":3}");
        }) {}
  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }
  std::vector<std::string> shown() {
    const std::lock_guard lock(mutex_);
    return shown_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> shown_;
  MockServer server_;
};

class KeysProject : public TempProject {
 public:
  explicit KeysProject(const std::string& server) : TempProject(YOKE_PROGRAM) {
    write("models/caller.lua", kKeysModel);
    write("agents/clerk.lua", kKeysAgent);
    write("tides.key", "sesame-open");
    write("yoke.toml", kKeysToml);
    put("elsewhere", server);
  }
  // A plugin that names the key TIDES, and this server.
  void put(const std::string& folder, const std::string& server) const {
    const Json runtime = {{"type", "OpenApi"},
                          {"auth", {{"type", "ApiKeyPluginVault"}, {"reference_id", "TIDES"}}},
                          {"run_for_functions", {"prices"}},
                          {"spec", {{"url", "api.json"}}}};
    const Json handling = {{"security_info", {{"data_handling", {"GetPublicData"}}}}};
    const Json function = {
        {"name", "prices"}, {"description", "What things cost."}, {"capabilities", handling}};
    write(folder + "/ai-plugin.json", to_text(Json{{"schema_version", "v2.4"},
                                                   {"name_for_human", "Prices"},
                                                   {"namespace", "menu"},
                                                   {"description_for_human", "Knows prices."},
                                                   {"functions", Json::array({function})},
                                                   {"runtimes", Json::array({runtime})}}));
    const Json get = {{"operationId", "prices"}, {"responses", {{"200", {{"description", "ok"}}}}}};
    write(folder + "/api.json", to_text(Json{{"openapi", "3.0.3"},
                                             {"info", {{"title", "Prices"}, {"version", "1"}}},
                                             {"servers", Json::array({{{"url", server}}})},
                                             {"paths", {{"/prices", {{"get", get}}}}}}));
  }
  void add_section() const {
    write("yoke.toml",
          read("yoke.toml") + "[plugins.menu]\npath = \"elsewhere\"\nallow_private = true\n");
  }
  Ended add(const Args& more) const {
    Args args = {"plugins", "add", "elsewhere", "--name", "menu"};
    args.insert(args.end(), more.begin(), more.end());
    return yoke(args);
  }
  // With a person at a terminal, who types this.
  Ended typed(const Args& args, const std::string& input) const {
    ProcessOptions how = options(args);
    how.terminal = true;
    how.input = input;
    how.env["TERM"] = "dumb";
    return yoke(how);
  }
  Ended call() const { return yoke(Args{"tools", "call", "plugin:menu.prices", "{}"}); }
  std::string lock() const {
    return std::filesystem::exists(file("yoke.lock")) ? read("yoke.lock") : "";
  }
};

constexpr const char* kFar = "https://prices.invalid";
constexpr const char* kGets = "menu gets the key TIDES for https://prices.invalid";

bool mentions(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

std::size_t count_of(const std::string& text, const std::string& words) {
  std::size_t count = 0;
  for (std::size_t at = text.find(words); at != std::string::npos; at = text.find(words, at + 1)) {
    ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("a plugin that names a shared key is not added where nobody can agree to that") {
  const KeysProject project(kFar);
  const Ended refused = project.add({"--yes"});
  INFO(refused.err);
  CHECK(refused.status == 1);
  CHECK(holds(refused.err, std::string("nobody is here to agree that ") + kGets +
                               ": --grant-keys agrees, and so does origins = "
                               "[\"https://prices.invalid\"] in [auth.TIDES]"));
  CHECK_FALSE(std::filesystem::exists(project.file("plugins/menu")));
  CHECK(project.lock().empty());

  const Ended added = project.add({"--yes", "--grant-keys"});
  CHECK(added.status == 0);
  CHECK(holds(added.err, kGets));
  CHECK(holds(project.lock(), "menu TIDES https://prices.invalid:443"));
  CHECK_FALSE(mentions(project.lock(), "sesame"));
}

TEST_CASE("a person at a terminal is asked once whether a plugin gets a shared key") {
  const KeysProject project(kFar);
  const Args add = {"plugins", "add", "elsewhere", "--name", "menu"};
  const Ended no = project.typed(add, "n\n");
  INFO(no.out);
  CHECK(holds(no.out, kGets));
  CHECK(project.lock().empty());
  const Ended yes = project.typed(add, "y\n");
  CHECK(yes.status == 0);
  CHECK(count_of(yes.out, "[y/N]") == 1);
  Args again = add;
  again.insert(again.end(), {"--force", "--yes"});
  const Ended same = project.yoke(again);
  INFO(same.err);
  CHECK(same.status == 0);  // the same content, which was agreed to
  CHECK_FALSE(mentions(same.err, kGets));
}

TEST_CASE("a package that has changed is asked about again, and one that is gone is forgotten") {
  const KeysProject project(kFar);
  REQUIRE(project.add({"--yes", "--grant-keys"}).status == 0);
  project.put("elsewhere", "https://other.invalid");
  const Ended changed = project.add({"--yes", "--force"});
  CHECK(changed.status == 1);
  CHECK(holds(changed.err, "menu gets the key TIDES for https://other.invalid"));
  CHECK(holds(project.read("plugins/menu/api.json"), "prices.invalid"));
  REQUIRE(project.add({"--yes", "--force", "--grant-keys"}).status == 0);
  CHECK(holds(project.lock(), "menu TIDES https://other.invalid"));
  REQUIRE(project.yoke(Args{"plugins", "remove", "menu", "--yes"}).status == 0);
  CHECK_FALSE(mentions(project.lock(), "TIDES https://other.invalid"));
}

TEST_CASE(
    "a key whose origins the operator wrote, or that is the plugin's own, needs no question") {
  const KeysProject project(kFar);
  std::string toml = kKeysToml;
  project.write("yoke.toml", toml + "origins = [\"https://prices.invalid\"]\n");
  const Ended named = project.add({"--yes"});
  INFO(named.err);
  CHECK(named.status == 0);
  CHECK_FALSE(mentions(named.err, "gets the key"));
  project.write("yoke.toml", toml + "[plugins.menu.auth]\nsecret = \"tides\"\n");
  std::filesystem::remove_all(project.file("plugins"));
  const Ended own = project.add({"--yes", "--force"});
  CHECK_FALSE(mentions(own.err, "gets the key"));
}

TEST_CASE("a shared key is not shown before somebody agreed, and is from then on") {
  KeyedApi api;
  const KeysProject project(api.url());
  project.add_section();
  const Ended refused = project.call();
  INFO(refused.err);
  CHECK(refused.status != 0);
  CHECK(holds(refused.err, "nobody has agreed that menu gets the key TIDES for " + api.url()));
  CHECK(holds(refused.err, "`yoke plugins grant menu` agrees"));
  const Ended ran = project.yoke(Args{"run", "clerk", "prices"});
  CHECK(holds(ran.err + ran.out, "nobody has agreed that menu gets the key TIDES"));
  CHECK(api.shown().empty());

  const Ended granted = project.yoke(Args{"plugins", "grant", "menu"});
  CHECK(holds(granted.err, "menu gets the key TIDES for " + api.url()));
  const Ended called = project.call();
  INFO(called.err);
  CHECK(called.status == 0);
  REQUIRE(api.shown() == std::vector<std::string>{"Bearer sesame-open"});

  project.put("elsewhere", "http://127.0.0.1:9");
  const Ended moved = project.call();
  CHECK(holds(moved.err, "nobody has agreed that menu gets the key TIDES for http://127.0.0.1:9"));
}

TEST_CASE("a run asks at a terminal before it starts, and remembers the yes") {
  KeyedApi api;
  const KeysProject project(api.url());
  project.add_section();
  const Args run = {"run", "clerk", "prices"};
  const Ended asked = project.typed(run, "yes\n");
  INFO(asked.out);
  CHECK(holds(asked.out, "menu gets the key TIDES for " + api.url()));
  CHECK(api.shown() == std::vector<std::string>{"Bearer sesame-open"});
  const Ended again = project.yoke(run);
  CHECK_FALSE(mentions(again.err, "gets the key"));
  CHECK(api.shown().size() == 2);
}

TEST_CASE("an agent's package gets no key of a plugin that it calls itself like") {
  KeyedApi api;
  const KeysProject project(api.url());
  project.write("yoke.toml", std::string(kKeysToml) +
                                 "[plugins.menu]\npath = \"apps/menu\"\nallow_private = true\n"
                                 "[plugins.menu.auth]\nsecret = \"tides\"\n");
  project.put("apps/menu", api.url());
  project.put("far", api.url());
  project.write("far/declarativeAgent.json",
                R"({"version":"v1.8","name":"Desk","description":"Helps.","instructions":"Be kind.",
                    "actions":[{"id":"menu","file":"ai-plugin.json"}]})");
  const Ended ran = project.yoke(Args{"run", "--yes", "far/declarativeAgent.json", "prices"});
  INFO(ran.out + ran.err);
  CHECK(api.shown().empty());
  CHECK(holds(ran.err, "nobody has agreed that menu gets the key TIDES"));
  CHECK(holds(ran.err, "`yoke plugins grant far/declarativeAgent.json`"));
  const Ended taken = project.yoke(Args{"plugins", "grant", "far/declarativeAgent.json"});
  CHECK(holds(taken.err, "menu gets the key TIDES for " + api.url()));
  CHECK(holds(project.lock(), "far/declarativeAgent.json (menu) TIDES " + api.url()));
}

TEST_CASE("a grant of a key is of the plugin, its content, the reference and the origin") {
  const TempFolder folder;
  Result<Grants> grants = Grants::open(folder.file("yoke.lock"));
  REQUIRE(grants.has_value());
  const KeyGrants keys([&]() -> Grants& { return *grants; });
  SharedKey key;
  key.reference = "TIDES";
  key.plugin = "menu";
  key.to = {"https://a.example", "https://b.example"};
  CHECK(keys.missing(key) == key.to);
  REQUIRE(keys.grant(key, 1).has_value());
  CHECK(keys.missing(key).empty());

  SharedKey wider = key;
  wider.to.push_back("https://c.example");
  CHECK(keys.missing(wider) == std::vector<std::string>{"https://c.example"});
  SharedKey other = key;
  other.plugin = "maps";
  CHECK(keys.missing(other) == other.to);
  other = key;
  other.reference = "GRAPH";
  CHECK(keys.missing(other) == other.to);
  other = key;
  other.package = "agents/desk.zip";
  other.content = "abc";
  REQUIRE(keys.grant(other, 2).has_value());
  other.content = "abd";
  CHECK(keys.missing(other) == other.to);
  REQUIRE(grants->pin("plugins", "menu", "another hash", 3).has_value());
  CHECK(keys.missing(key) == key.to);
}

}  // namespace yoke::testing
