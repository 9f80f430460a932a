#include "tests/plugins/plugin_peer.h"

using yoke::Json;
using yoke::Outcome;
using yoke::Result;
using yoke::Tool;
using yoke::ToolOutcome;
using yoke::testing::PluginBench;

namespace {

// A tool as the client of MCP servers makes one.
class OfferedNote final : public Tool {
 public:
  OfferedNote(const std::string& name, bool reads) {
    spec_.name = "mcp:shop." + name;
    spec_.description = "the server's words";
    spec_.effect = reads ? yoke::Effect::read : yoke::Effect::once;
    spec_.confirmation.asks = !reads;
    spec_.input_schema = {{"type", "object"}, {"properties", {{"q", {{"type", "string"}}}}}};
  }
  std::string gives = "value";
  const yoke::ToolSpec& spec() const override { return spec_; }
  Result<Json> check(const Json& args) const override { return args; }
  yoke::awaitable<ToolOutcome> call(yoke::ToolRequest request, yoke::CallContext&) override {
    ToolOutcome outcome;
    const Json notes = {{"notes", {{{"n", request.tool}}}}};
    outcome.value = notes;
    if (gives == "both") outcome.value = {{"structured", notes}, {"content", Json::array()}};
    if (gives == "text") outcome.value = yoke::to_text(notes);
    co_return outcome;
  }
  yoke::awaitable<yoke::ProbeOutcome> probe(yoke::ToolRequest, yoke::CallContext&) override {
    yoke::ProbeOutcome unknown;
    co_return unknown;
  }

 private:
  yoke::ToolSpec spec_;
};

yoke::McpOffer offer(const yoke::PluginMcpServer&) {
  yoke::McpOffer offered;
  offered.tools.push_back({"find", std::make_unique<OfferedNote>("find", true)});
  offered.tools.push_back({"forget", std::make_unique<OfferedNote>("forget", false)});
  return offered;
}

PluginBench bench_of(const std::string& functions, const std::string& spec,
                     const std::string& runs) {
  const std::string manifest =
      R"({"schema_version":"v2.4","name_for_human":"n","namespace":"n","description_for_human":"d",
          "functions":)" +
      functions + R"(,"runtimes":[{"type":"RemoteMCPServer",
          "auth":{"type":"OAuthPluginVault","reference_id":"r"},"run_for_functions":)" +
      runs + R"(,"spec":)" + spec + "}]}";
  return PluginBench(yoke::testing::source_of(manifest, ""), "");
}

}  // namespace

TEST_CASE("a described function of an MCP server is called by the server's name for it") {
  PluginBench bench = bench_of(R"([{"name":"find","description":"Finds notes","capabilities":{
      "response_semantics":{"data_path":"$.notes","properties":{"title":"$.n"}},
      "security_info":{"data_handling":["GetPublicData"]}}}])",
                               R"({"url":"https://mcp.example/mcp","mcp_tool_description":{"tools":[
      {"name":"find","description":"d","inputSchema":{"type":"object"}}]}})",
                               R"(["find"])");
  bench.mcp_offer = offer;
  const yoke::ToolSpec& spec = bench.tool("find").spec();
  CHECK(spec.name == "plugin:shop.find");
  CHECK(spec.origin == "plugin:shop");
  CHECK(spec.description == "Finds notes");
  CHECK(spec.effect == yoke::Effect::read);
  CHECK_FALSE(*spec.confirmation.asks);
  const ToolOutcome outcome = bench.call("find", Json::object());
  REQUIRE(outcome.outcome == Outcome::ok);
  CHECK(outcome.value.at("items")[0].at("title") == "mcp:shop.find");
  CHECK(outcome.label.secrecy == yoke::Label::Secrecy::open);
  CHECK(yoke::has_errors(bench.findings) == false);
}

TEST_CASE("an MCP server that is asked for its tools gives those that its runtime runs") {
  PluginBench bench = bench_of("[]", R"({"url":"https://mcp.example/mcp"})", R"(["f*t"])");
  bench.mcp_offer = offer;
  const yoke::ToolSpec& spec = bench.tool("forget").spec();
  CHECK(spec.description == "the server's words");
  CHECK(spec.effect == yoke::Effect::once);
  CHECK(*spec.confirmation.asks);
  CHECK(spec.input_schema.at("properties").contains("q"));
  REQUIRE(bench.plugin.mcp_servers.size() == 1);
  CHECK(bench.plugin.mcp_servers[0].is_dynamic);
  CHECK(bench.plugin.mcp_servers[0].credentials.reference_id == "r");
}

TEST_CASE("a function that its MCP server lacks is told of once the server was met") {
  const std::string functions = R"([{"name":"find"},{"name":"invent"}])";
  PluginBench bench = bench_of(functions, R"({"url":"https://mcp.example/mcp"})", R"(["*"])");
  bench.mcp_offer = offer;
  CHECK(bench.tool_names() == std::vector<std::string>{"plugin:shop.find"});
  CHECK_THAT(yoke::testing::lines_of(bench.findings),
             Catch::Contains("/functions/1: error: the MCP server has no tool 'invent'"));
  PluginBench unmet = bench_of(functions, R"({"url":"https://mcp.example/mcp"})", R"(["*"])");
  unmet.mcp_offer = [](const yoke::PluginMcpServer&) {
    yoke::McpOffer nothing;
    nothing.is_whole = false;
    return nothing;
  };
  CHECK(unmet.tool_names().empty());
  CHECK(unmet.findings.empty());
}

TEST_CASE("response semantics look into what an MCP server says in text, or beside a structure") {
  const std::string gives = GENERATE("value", "text", "both");
  PluginBench bench = bench_of(R"([{"name":"find","capabilities":{
      "response_semantics":{"data_path":"$.notes","properties":{"title":"$.n"}}}}])",
                               R"({"url":"https://mcp.example/mcp"})", R"(["find"])");
  bench.mcp_offer = [&](const yoke::PluginMcpServer&) {
    yoke::McpOffer offered;
    auto note = std::make_unique<OfferedNote>("find", true);
    note->gives = gives;
    offered.tools.push_back({"find", std::move(note)});
    return offered;
  };
  const ToolOutcome outcome = bench.call("find", Json::object());
  REQUIRE(outcome.outcome == Outcome::ok);
  CHECK(outcome.value.at("items")[0].at("title") == "mcp:shop.find");
  CHECK(outcome.label.secrecy == yoke::Label().secrecy);
}

TEST_CASE("a function whose parameters the manifest says needs no word of its server") {
  PluginBench bench = bench_of(R"([{"name":"find","description":"Finds notes","parameters":{
      "type":"object","properties":{"query":{"type":"string","description":"words"}},
      "required":["query"]}}])",
                               R"({"url":"https://mcp.example/mcp"})", R"(["find"])");
  REQUIRE(bench.plugin.functions.size() == 1);
  const Json& schema = bench.plugin.functions[0].mcp.input_schema;
  REQUIRE(schema.is_object());
  CHECK(schema.at("properties").at("query").at("description") == "words");
  CHECK(schema.at("required") == Json::array({"query"}));
  CHECK(bench.plugin.functions[0].mcp.description == "Finds notes");
  CHECK_THAT(yoke::testing::lines_of(bench.plugin.findings),
             Catch::Contains("/functions/0: honoured: the MCP tool 'find' is the tool"));
}

TEST_CASE("a tool that only its server's interface may call is no function of a model's") {
  PluginBench bench = bench_of(R"([{"name":"find"},{"name":"paint"}])",
                               R"({"url":"https://mcp.example/mcp","mcp_tool_description":{"tools":[
      {"name":"find","inputSchema":{"type":"object"}},
      {"name":"paint","inputSchema":{"type":"object"},"_meta":{"ui":{"visibility":["app"]}}}]}})",
                               R"(["*"])");
  REQUIRE(bench.plugin.functions.size() == 1);
  CHECK(bench.plugin.functions[0].name == "find");
  CHECK_THAT(yoke::testing::lines_of(bench.plugin.findings),
             Catch::Contains("/functions/1: not: the MCP tool 'paint' is for what its server "
                             "shows to a person"));
}

TEST_CASE("an address of an MCP server that leads nowhere is told with its place") {
  const PluginBench bench = bench_of("[]", R"({"url":"https://<your-host>/mcp"})", R"(["a","b"])");
  const std::string said = yoke::testing::lines_of(bench.plugin.findings);
  CHECK_THAT(said, Catch::Contains("/runtimes/0/spec/url: error: 'https://<your-host>/mcp' is no "
                                   "usable URL"));
  CHECK_THAT(said, Catch::Contains("of those that it names, 2 in all"));
}
