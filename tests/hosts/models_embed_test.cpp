#include <catch2/catch.hpp>

#include "tests/hosts/sample.h"
#include "tests/support/mock_embeddings.h"

// `yoke models embed` against a server that is as strict as the vendors.
namespace yoke::testing {
namespace {

class EmbedProject : public TempProject {
 public:
  EmbedProject() : TempProject(YOKE_PROGRAM) {
    write("yoke.toml", "[backends.lab]\npreset = \"openai-compatible\"\nbase_url = \"" +
                           server.base_url() +
                           "/v1\"\nprices = { input = 1.0, output = 1.0 }\n[backends.claude]\n"
                           "preset = \"anthropic\"\napi_key = \"env:HOME\"\n");
  }

  MockEmbeddings server;
};

}  // namespace

TEST_CASE("models embed shows a vector a text, how like the first it is, and what it cost") {
  const EmbedProject project;
  const Ended ended = project.yoke(Args{"models", "embed", "lab/e", "abc", "abd"});
  INFO(ended.err);
  CHECK(ended.status == 0);
  CHECK(ended.out ==
        "[3.0000, 97.0000, 98.0000, 99.0000, …] · abc\n"
        "[3.0000, 97.0000, 98.0000, 100.0000, …] 1.0000 like the first · abd\n");
  CHECK(holds(ended.err, "lab/e · 2 vectors of 8 dimensions · 6 tokens · $0.000006"));
}

TEST_CASE("models embed gives whole vectors as JSON, of the lines that are piped in") {
  const EmbedProject project;
  ProcessOptions options =
      project.options({"models", "embed", "lab/e", "--dimensions", "3", "--query", "--json"});
  options.input = "abc\n\n  d  \n";
  const Ended ended = project.yoke(options);
  INFO(ended.err);
  CHECK(ended.status == 0);
  const Json out = parse_json(ended.out).value();
  CHECK(out["vectors"] == Json({{3, 97, 98}, {1, 100, 0.5}}));
  CHECK(out["dimensions"] == 3);
  CHECK(out["cost"] == 6'000);
  CHECK(out["priced"] == true);
}

TEST_CASE("models embed says what it cannot do, and what would mend it") {
  const EmbedProject project;
  const auto said = [&project](const Args& args) {
    const Ended ended = project.yoke(args);
    CHECK(ended.status != 0);
    CHECK(ended.out.empty());
    return ended.err;
  };
  CHECK(holds(said({"models", "embed", "lab/e"}), "give texts, or pipe one a line in"));
  CHECK(holds(said({"models", "embed", "claude/x", "a"}), "'anthropic' has no embeddings"));
  CHECK(holds(said({"models", "embed", "lap/x", "a"}), "did you mean 'lab"));
  CHECK(holds(said({"models", "embed", "lab/e", "a", "--dimensions", "9"}), "other dimensions"));
}

TEST_CASE("what was embedded is in the ledger, and a budget that has no room refuses it") {
  const EmbedProject project;
  CHECK(project.yoke(Args{"models", "embed", "lab/e", "abc", "abd"}).status == 0);
  const Ended spent = project.yoke(Args{"models", "spend", "--by", "role"});
  CHECK(holds(spent.out, "embed"));
  CHECK(holds(spent.out, "$0.000006"));
  project.write("yoke.toml", project.read("yoke.toml") + "[budgets]\nday = { usd = 0.000007 }\n");
  const Ended refused = project.yoke(Args{"models", "embed", "lab/e", "abc"});
  CHECK(refused.status == 1);
  CHECK(holds(refused.err, "the budget of all runs on"));
}

}  // namespace yoke::testing
