#include <catch2/catch.hpp>

#include "hosts/app/app.h"
#include "hosts/app/project.h"
#include "hosts/app/settings.h"
#include "runtime/engine/reader.h"
#include "tests/support/temp_project.h"
#include "tests/support/test_loop.h"

// Two tenants with the same agent and tools: neither reads what is the other's.
namespace yoke::testing {
namespace {

constexpr const char* kConfig = R"toml([secrets]
COMMON = "env:COMMON_VALUE"
OWN = "env:LOCAL_VALUE"

[tenants.acme]
files = "shared/acme"
[tenants.acme.secrets]
OWN = "env:ACME_VALUE"
COMMON = "shared"

[backends.demo]
preset = "scripted"
script = "models/demo.lua"
[routes.default]
targets = ["demo/demo"]
[routes.kept]
targets = ["demo/demo"]
cache = true
[policy]
allow = ["*"]
)toml";

// The task is a call: the tool's name and its one text.
constexpr const char* kModel = R"lua(return model { name = "demo", reply = function(request)
  local heard, task, result = "", nil, nil
  for _, message in ipairs(request.messages) do
    for _, part in ipairs(message.parts) do
      if message.role == "user" and part.type == "text" then
        heard, task, result = heard .. part.text .. ";", part.text, nil
      elseif part.type == "tool_result" then
        result = part
      end
    end
  end
  if result then return { text = result.content } end
  local tool, text = task:match("^(%S+) (.*)$")
  if tool == "say" then return { text = heard } end
  return { calls = { { tool = tool, args = { text = text } } } }
end }
)lua";

constexpr const char* kTools = R"lua(local function t(name, permissions, run)
  return tool { name = name, description = name, input = { text = "string" },
                effect = "idempotent", permissions = permissions, run = run }
end
return {
  t("file.put", { write = { "." }, read = { "." } }, function(i)
    fs.write("note.txt", i.text)
    return { ok = true }
  end),
  t("file.get", { read = { "." } }, function(i)
    if not fs.exists(i.text) then return { text = "nothing there" } end
    return { text = fs.read(i.text) }
  end),
  t("kv.put", { kv = "write" }, function(i) kv.set("k", i.text) return { ok = true } end),
  t("kv.get", { kv = "read" }, function()
    local kept = kv.get("k")
    return { text = kept ~= json.null and kept or "nothing there" }
  end),
  t("call.own", { net = { "127.0.0.1:1" },
                  secrets = { OWN = { host = "127.0.0.1:1", header = "X-Own" } } },
    function() return { text = http.get("http://127.0.0.1:1/").body } end),
}
)lua";

constexpr const char* kAgent = R"lua(return agent {
  name = "worker", description = "Works.", model = "default", instructions = "Work.",
  tools = { "file.*", "kv.*", "call.*" },
}
)lua";

class Project {
 public:
  explicit Project(const std::string& more = "") : folder_(YOKE_PROGRAM) {
    folder_.write("yoke.toml", kConfig + more);
    folder_.write("models/demo.lua", kModel);
    folder_.write("tools/t.lua", kTools);
    folder_.write("agents/worker.lua", kAgent);
    folder_.write("shared/acme/mine.txt", "of acme");
    folder_.write("mine.txt", "of local");
    const Ended granted = folder_.yoke(Args{"tools", "grant", "--all"});
    INFO(granted.err);
    REQUIRE(granted.status == 0);
    CommonOptions common;
    common.config = folder_.file("yoke.toml");
    Additions additions;
    additions.scripts_program = YOKE_PROGRAM;
    Result<std::unique_ptr<App>> opened =
        App::open(io_, common, "", StoreUse::write, std::move(additions));
    INFO((opened ? "" : opened.error().message()));
    REQUIRE(opened.has_value());
    app_ = std::move(*opened);
  }

  // What the agent says in the end.
  std::string ask(const std::string& tenant, const std::string& task,
                  const std::string& session = "", const std::string& model = "") {
    Result<Program> program = app_->project().program("worker");
    REQUIRE(program.has_value());
    StartRun start;
    start.program = std::move(*program);
    start.tenant = tenant;
    start.task = task;
    start.session = session;
    start.model = model;
    const Result<Created> created = run(io_, app_->engine().create(std::move(start)));
    REQUIRE(created.has_value());
    last = created->claim.run_id;
    const Result<RunEnd> end = run(io_, app_->engine().drive(last));
    REQUIRE(end.has_value());
    return end->state.text;
  }

  App& app() { return *app_; }
  asio::io_context& io() { return io_; }
  const TempProject& folder() const { return folder_; }
  std::string last;  // the run of the last ask()

 private:
  TempProject folder_;
  asio::io_context io_{1};
  std::unique_ptr<App> app_;
};

bool holds(const std::string& text, const std::string& part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("each tenant's scripts have files of their own, under the same names") {
  Project project;
  for (const char* tenant : {"local", "acme", "bolt"}) {
    CHECK(holds(project.ask(tenant, std::string("file.put of ") + tenant), "ok"));
  }
  CHECK(holds(project.ask("local", "file.get note.txt"), "of local"));
  CHECK(holds(project.ask("acme", "file.get note.txt"), "of acme"));
  CHECK(holds(project.ask("bolt", "file.get note.txt"), "of bolt"));
  CHECK(holds(project.ask("bolt", "file.get mine.txt"), "nothing there"));
  CHECK(project.folder().read("note.txt") == "of local");
  CHECK(project.folder().read("shared/acme/note.txt") == "of acme");
  CHECK(project.folder().read(".yoke/tenants/bolt/files/note.txt") == "of bolt");
}

TEST_CASE("no tenant's scripts reach another's files by any path, the machine's own user neither") {
  Project project;
  project.ask("bolt", "file.put of bolt");
  for (const char* tenant : {"local", "acme", "bolt"}) {
    const std::string other = std::string(tenant) == "acme" ? "bolt" : "acme";
    for (const std::string& path :
         {"../" + other + "/files/note.txt", std::string("shared/acme/mine.txt"),
          std::string("../../yoke.toml"), std::string(".yoke/tenants/bolt/files/note.txt"),
          project.folder().file("shared/acme/mine.txt")}) {
      const std::string said = project.ask(tenant, "file.get " + path);
      CHECK_FALSE(holds(said, "of acme"));
      CHECK_FALSE(holds(said, "of bolt"));
    }
  }
}

TEST_CASE("what a tool keeps between calls is each tenant's own") {
  Project project;
  CHECK(holds(project.ask("acme", "kv.put of acme"), "ok"));
  CHECK(holds(project.ask("bolt", "kv.get x"), "nothing there"));
  CHECK(holds(project.ask("local", "kv.get x"), "nothing there"));
  CHECK(holds(project.ask("acme", "kv.get x"), "of acme"));
}

TEST_CASE("a tenant has the secrets of its own section, those it is given, and no others") {
  Project project;
  ::setenv("LOCAL_VALUE", "the-locals", 1);
  ::setenv("ACME_VALUE", "the-acmes", 1);
  ::setenv("COMMON_VALUE", "for-both", 1);
  ConfigSecrets secrets(project.app().config());
  const auto value = [&](const char* name, const char* tenant) {
    ToolRequest call;
    call.tenant = tenant;
    const Result<Secret> secret = secrets.secret(name, call);
    return secret ? secret->reveal() : secret.error().detail;
  };
  CHECK(value("OWN", "local") == "the-locals");
  CHECK(value("OWN", "acme") == "the-acmes");
  CHECK(value("COMMON", "acme") == "for-both");
  CHECK(value("OWN", "bolt") == "no secret 'OWN' under [tenants.bolt.secrets] in yoke.toml");
  CHECK(value("COMMON", "bolt") == "no secret 'COMMON' under [tenants.bolt.secrets] in yoke.toml");
  CHECK(value("LOCAL_VALUE", "acme").find("no secret") == 0);
  CHECK(holds(project.ask("bolt", "call.own x"), "no secret 'OWN' under [tenants.bolt.secrets]"));
}

TEST_CASE("a session of the same name is another conversation for each tenant") {
  Project project;
  project.ask("acme", "say first", "talk");
  CHECK(holds(project.ask("acme", "say second", "talk"), "say first;say second;"));
  CHECK(project.ask("bolt", "say third", "talk") == "say third;");
}

TEST_CASE("a reply that a route keeps is given again to the same tenant alone") {
  Project project;
  project.ask("acme", "say it", "", "kept");
  const auto from_cache = [&] {
    const auto events = run(project.io(), read_events(project.app().store(), project.last));
    REQUIRE(events.has_value());
    for (const Event& event : *events) {
      if (event.kind == EventKind::route_chosen) return bool_at(event.fields, "from_cache");
    }
    return false;
  };
  project.ask("acme", "say it", "", "kept");
  CHECK(from_cache());
  project.ask("bolt", "say it", "", "kept");
  CHECK_FALSE(from_cache());
}

TEST_CASE("a list of runs is one tenant's") {
  Project project;
  project.ask("acme", "say x");
  RunFilter filter;
  filter.tenant = "bolt";
  CHECK(run(project.io(), project.app().store().list(filter)).empty());
  filter.tenant = "acme";
  CHECK(run(project.io(), project.app().store().list(filter)).size() == 1);
}

TEST_CASE("a tenant's folder that is not there is an error with the line that names it") {
  Project project("[tenants.gone]\nfiles = \"nowhere\"\n");
  const std::string said = project.ask("gone", "file.get note.txt");
  CHECK(holds(said, "the files of tenant 'gone'"));
  CHECK(holds(said, "yoke.toml:"));
}

}  // namespace yoke::testing
