#include "tools/mcp/find_tools.h"

#include <catch2/catch.hpp>
#include <map>

#include "tests/support/test_loop.h"

namespace yoke::mcp {
namespace {

class Named final : public Tool {
 public:
  Named(const std::string& name, const std::string& description) {
    spec_.name = name;
    spec_.description = description;
  }
  const ToolSpec& spec() const override { return spec_; }
  Result<Json> check(const Json& args) const override { return args; }
  awaitable<ToolOutcome> call(ToolRequest, CallContext&) override { co_return ToolOutcome(); }
  awaitable<ProbeOutcome> probe(ToolRequest, CallContext&) override { co_return ProbeOutcome(); }

 private:
  ToolSpec spec_;
};

class NamedSet final : public ToolSet {
 public:
  void add(const std::string& name, const std::string& description = "") {
    tools_.emplace(name, std::make_unique<Named>(name, description));
  }
  Tool* find(std::string_view name) const override {
    const auto found = tools_.find(name);
    return found == tools_.end() ? nullptr : found->second.get();
  }
  std::vector<const ToolSpec*> list() const override {
    std::vector<const ToolSpec*> specs;
    for (const auto& [name, tool] : tools_) specs.push_back(&tool->spec());
    return specs;
  }

 private:
  std::map<std::string, std::unique_ptr<Named>, std::less<>> tools_;
};

struct Silent final : CallContext {
  void progress(double, double, std::string_view) override {}
  void log(std::string_view, std::string_view) override {}
};

std::shared_ptr<NamedSet> servers() {
  auto set = std::make_shared<NamedSet>();
  set->add("csv.stats", "Of a table.");
  set->add("mcp:git.commitFiles", "Records what changed.");
  set->add("mcp:git.list_branches", "All of them.");
  set->add("mcp:git.show", "One change, with its files.");
  set->add("mcp:tides.at", "High and low water at a place.");
  return set;
}

std::vector<std::string> found_by(const ToolSet& set, const Json& args) {
  Tool* finder = set.find(kFindTools);
  REQUIRE(finder != nullptr);
  REQUIRE(finder->check(args).has_value());
  ToolRequest request;
  request.args = args;
  request.label = kTrustedPrivate;
  Silent context;
  asio::io_context io{1};
  const ToolOutcome outcome = run(io, finder->call(std::move(request), context));
  REQUIRE(outcome.outcome == Outcome::ok);
  CHECK(outcome.label == kTrustedPrivate);
  std::vector<std::string> names;
  for (const Json& each : outcome.value.at("tools")) names.push_back(string_at(each, "name"));
  return names;
}

TEST_CASE("as many tools as a model may see are listed, and none is to be looked for") {
  CHECK(deferred_tools(*servers(), ShownTools{4}).empty());
}

TEST_CASE("of too many, those of the server with the most are looked for, and no other tools") {
  const std::vector<std::string> git = {"mcp:git.commitFiles", "mcp:git.list_branches",
                                        "mcp:git.show"};
  CHECK(deferred_tools(*servers(), ShownTools{3}) == git);
  CHECK(deferred_tools(*servers(), ShownTools{0}).size() == 4);
}

TEST_CASE("a server may be listed always, or never") {
  CHECK(deferred_tools(*servers(), ShownTools{2, {"git"}, {}}) ==
        std::vector<std::string>{"mcp:tides.at"});
  CHECK(deferred_tools(*servers(), ShownTools{40, {}, {"tides"}}) ==
        std::vector<std::string>{"mcp:tides.at"});
}

TEST_CASE("a tool is found by words of its name first, then of its description") {
  const auto set = with_find_tools(servers(), deferred_tools(*servers(), ShownTools{0}));
  CHECK(found_by(*set, {{"words", "commit a file"}}) ==
        std::vector<std::string>{"mcp:git.commitFiles", "mcp:git.show"});
  CHECK(found_by(*set, {{"words", "WATER"}}) == std::vector<std::string>{"mcp:tides.at"});
  CHECK(found_by(*set, {{"words", "git"}, {"limit", 1}}).size() == 1);
  CHECK(found_by(*set, {{"words", "table"}}).empty());
}

TEST_CASE("what is to be looked for is told by server in the description of what looks") {
  const auto set = with_find_tools(servers(), deferred_tools(*servers(), ShownTools{0}));
  CHECK(set->find(kFindTools)->spec().description.find("git (3), tides (1)") != std::string::npos);
  CHECK_FALSE(set->find(kFindTools)->check({{"words", " - "}}).has_value());
  CHECK_FALSE(set->find(kFindTools)->check({{"words", "a"}, {"limit", 99}}).has_value());
  CHECK(with_find_tools(servers(), {})->find(kFindTools) == nullptr);
}

}  // namespace
}  // namespace yoke::mcp
