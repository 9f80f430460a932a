#include <catch2/catch.hpp>

#include "tests/hosts/sample.h"
#include "tests/support/mock_embeddings.h"

// `yoke memory …` over what an agent was told to remember.
namespace yoke::testing {
namespace {

constexpr const char* kConfig = R"toml([backends.demo]
preset = "scripted"
script = "models/keeper.lua"

[routes.default]
targets = ["demo/keeper"]

)toml";

constexpr const char* kAgent = R"lua(return agent {
  name = "keeper", description = "Keeps.", model = "default", instructions = "Keep.",
  tools = { "memory.*" },
})lua";

// "save SCOPE KEY TEXT", "find QUESTION", "drop KEY"; answers with the result.
constexpr const char* kModel = R"lua(return model {
  name = "keeper",
  reply = function(request)
    local task, last
    for _, message in ipairs(request.messages) do
      for _, part in ipairs(message.parts) do
        if message.role == "user" and part.type == "text" then task, last = part.text, nil end
        if part.type == "tool_result" then last = part.content end
      end
    end
    if last then return { text = last } end
    local scope, key, saved = task:match("^save (%S+) (%S+) (.*)$")
    local question, dropped = task:match("^find (.*)$"), task:match("^drop (.*)$")
    local call = saved
      and { tool = "memory.save", args = { text = saved, key = key, scope = scope } }
      or question and { tool = "memory.search", args = { query = question } }
      or { tool = "memory.forget", args = { key = dropped } }
    return { calls = { call } }
  end,
})lua";

class KeeperProject : public TempProject {
 public:
  explicit KeeperProject(const std::string& memory = "[memory]\n") : TempProject(YOKE_PROGRAM) {
    write("yoke.toml", kConfig + memory);
    write("agents/keeper.lua", kAgent);
    write("models/keeper.lua", kModel);
  }
  std::string run(const std::string& task, const std::string& user = "ann") const {
    ProcessOptions how = options({"-q", "run", "agents/keeper.lua", task});
    how.env["USER"] = user;
    const Ended ended = yoke(how);
    INFO(ended.err);
    CHECK(ended.status == 0);
    return ended.out;
  }
  Ended memory(Args args) const {
    args.insert(args.begin(), "memory");
    return yoke(args);
  }
};

}  // namespace

TEST_CASE("what an agent remembers in one run another run finds, for the same user alone") {
  const KeeperProject project;
  CHECK(holds(project.run("save user tea Ann drinks green tea."), "\"replaced\":false"));
  CHECK(holds(project.run("find which tea"), "Ann drinks green tea."));
  CHECK(holds(project.run("find which tea", "bob"), "\"entries\":[]"));
  CHECK(holds(project.run("drop tea", "bob"), "\"existed\":false"));
  CHECK(holds(project.run("drop tea"), "\"existed\":true"));
  std::string kinds;
  for (const Json& event : project.events("@last")) kinds += string_at(event, "kind") + " ";
  CHECK(holds(kinds, "tool.called memory.written tool.returned"));
  CHECK(project.yoke(Args{"runs", "replay", "@last"}).status == 0);
  CHECK(holds(project.run("find which tea"), "\"entries\":[]"));
}

TEST_CASE("memory is listed, searched, shown and forgotten from the command line") {
  const KeeperProject project;
  CHECK(holds(project.memory({"list"}).err, "nothing is remembered there"));
  project.run("save user tea Ann drinks green tea.");
  project.run("save shared desk The desk closes at four.");
  const Ended listed = project.memory({"list"});
  CHECK(holds(listed.out, "user:ann"));
  CHECK(holds(listed.out, "The desk closes at four."));
  const Ended found = project.memory({"search", "closing of the desk", "--json"});
  const std::vector<Json> hits = json_lines(found.out);
  REQUIRE(hits.size() == 1);
  CHECK(hits[0]["key"] == "desk");
  CHECK(hits[0]["by"] == "words");
  CHECK(hits[0]["source"]["agent"] == "keeper");
  const Ended shown = project.memory({"show", "tea", "--scope", "user:ann"});
  CHECK(holds(shown.out, "tea · user:ann · trusted,private"));
  CHECK(holds(shown.out, "by keeper in run "));
  const Ended gone = project.memory({"forget", "tea"});
  CHECK(gone.status == 0);
  CHECK(holds(gone.err, "forgot 'tea' of user:ann; what was said of it in run "));
  CHECK(project.read(".yoke/memory.db").find("green tea") == std::string::npos);
  CHECK(project.memory({"forget", "tea"}).status != 0);
  CHECK(holds(project.memory({"forget", "--all"}).err, "add --yes"));
  CHECK(holds(project.memory({"forget", "--all", "--yes"}).err, "forgot 1 entry"));
  CHECK(project.memory({"list"}).out.empty());
}

TEST_CASE("yoke memory says what it was asked wrongly, and how to mend it") {
  const KeeperProject project;
  project.run("save user k one");
  project.run("save user k two", "bob");
  CHECK(holds(project.memory({"search"}).err, "what to look for?"));
  CHECK(holds(project.memory({"list", "--scope", "usr"}).err, "did you mean 'user'?"));
  CHECK(holds(project.memory({"show", "nothing"}).err, "nothing is remembered as 'nothing'"));
  CHECK(holds(project.memory({"forget"}).err, "give a key or id"));
  const Ended two = project.memory({"forget", "k"});
  CHECK(two.status != 0);
  CHECK(holds(two.err, "name the one that is meant with --scope, or all with --all"));
  CHECK(project.memory({"forget", "k", "--scope", "user:bob"}).status == 0);
  CHECK(holds(project.memory({"embed"}).err, "memory has no embedder"));
  project.write("yoke.toml", std::string(kConfig) + "[memory]\nembedd = \"x\"\n");
  CHECK(holds(project.memory({"list"}).err, "did you mean 'embed'?"));
  project.write("yoke.toml", std::string(kConfig) + "[memory]\ntext_max = \"2MiB\"\n");
  CHECK(holds(project.memory({"list"}).err, "from 1 byte to 1MiB"));
}

TEST_CASE("with an embedding model entries get vectors, those from before by yoke memory embed") {
  const MockEmbeddings server;
  const KeeperProject project;
  project.run("save shared old Kept before there were vectors.");
  project.write("yoke.toml", std::string(kConfig) +
                                 "[memory]\nembed = \"lab/e\"\n[backends.lab]\n" +
                                 "preset = \"openai-compatible\"\nbase_url = \"" +
                                 server.base_url() + "/v1\"\n");
  project.run("save shared new Kept with a vector.");
  const auto vectors = [&] {
    int count = 0;
    for (const Json& entry : json_lines(project.memory({"list", "--json"}).out)) {
      count += bool_at(entry, "vector") ? 1 : 0;
    }
    return count;
  };
  CHECK(vectors() == 1);
  CHECK(holds(project.memory({"embed"}).err, "made 1 vector\n"));
  CHECK(vectors() == 2);
  const std::vector<Json> hits = json_lines(project.memory({"search", "zzz", "--json"}).out);
  REQUIRE(hits.size() == 2);
  CHECK(hits[0]["by"] == "vector");
  CHECK(server.refusals().empty());
}

TEST_CASE("erasing a run from the command line forgets what it remembered for itself") {
  const KeeperProject project;
  project.run("save run note A passing thought of marzipan.");
  CHECK(holds(project.memory({"list"}).out, "marzipan"));
  CHECK(project.yoke(Args{"runs", "erase", "@last", "--yes"}).status == 0);
  CHECK(project.memory({"list"}).out.empty());
  CHECK(project.read(".yoke/memory.db").find("marzipan") == std::string::npos);
}

}  // namespace yoke::testing
