#include "tools/plugins/plugin_manifest.h"

#include "tests/plugins/fixture.h"

using yoke::Json;
using yoke::Package;
using yoke::PluginAuth;
using yoke::PluginFindings;
using yoke::PluginManifest;
using yoke::PluginRuntime;
using yoke::testing::json_of;
using yoke::testing::lines_of;

namespace {

const char* const kWhole = R"({
  "schema_version": "v2.4", "name_for_human": "Contacts", "namespace": "contacts",
  "description_for_human": "Finds people", "description_for_model": "Finds people by name",
  "contact_email": "a@b.example", "logo_url": "https://x.example/l.png",
  "functions": [
    {"name": "find_people", "id": "f1", "description": "Finds people",
     "parameters": {"type": "object", "properties": {"query": {"type": "string", "enum": ["a", "b"],
       "default": "a"}}, "required": ["query"]},
     "returns": {"type": "string", "description": "the people"},
     "states": {"reasoning": {"description": "looks", "instructions": "Say what you look for."},
                "responding": {"instructions": ["Be short.", "Use a list."], "examples": [
                  "- Ann"]}},
     "capabilities": {
       "confirmation": {"type": "AdaptiveCard", "title": "Find?",
        "body": "Find {{ function.parameters.query }}",
                        "isNonConsequential": true},
       "response_semantics": {"data_path": "$.people", 
        "properties": {"title": "$.name", "url": "$.link"},
                              "static_template": {"file": "cards/p.json"}},
       "security_info": {"data_handling": ["GetPrivateData", "DataExport"]}}},
    {"name": "remember"}],
  "runtimes": [
    {"type": "OpenApi", "auth": {"type": "OAuthPluginVault", "reference_id": "id-1"},
     "run_for_functions": ["find_*"], "spec": {"url": "api.yml", "progress_style": "ShowUsage"}},
    {"type": "RemoteMCPServer", "auth": {"type": "None"}, "run_for_functions": ["remember"],
     "spec": {"url": "https://mcp.example/mcp", "mcp_tool_description": {"file": "tools.json"}}},
    {"type": "LocalPlugin", "spec": {"local_endpoint": "Microsoft.Office.Addin"},
     "run_for_functions": ["x"]}],
  "capabilities": {"conversation_starters": [{"text": "Who is Ann?", "title": "People"}]}})";

struct Read {
  explicit Read(const std::string& text) {
    const auto package = Package::from_files(
        {{"ai-plugin.json", text},
         {"cards/p.json",
          R"({"type":"AdaptiveCard","body":[{"type":"TextBlock","text":"${name}"}]})"},
         {"tools.json", R"({"tools":[{"name":"remember","description":"Keeps a note",
                            "inputSchema":{"type":"object"},
                              "annotations":{"readOnlyHint":true}}]})"}});
    auto read = yoke::read_plugin_manifest(json_of(text), "ai-plugin.json", *package, findings);
    if (read) {
      manifest = std::move(*read);
    } else {
      error = read.error().message();
    }
  }
  std::string said() const { return lines_of(findings); }

  PluginFindings findings;
  PluginManifest manifest;
  std::string error;
};

std::string with_runtime(const std::string& runtime) {
  return R"({"schema_version":"v2.1","name_for_human":"n","namespace":"n",
    "description_for_human":"d",
             "functions":[{"name":"f"}],"runtimes":[)" +
         runtime + "]}";
}

}  // namespace

TEST_CASE("every field of a plugin manifest is read") {
  const Read read(kWhole);
  REQUIRE(read.error.empty());
  INFO(read.said());
  CHECK_FALSE(yoke::has_errors(read.findings));
  CHECK_FALSE(yoke::breaks_schema(read.findings));
  const PluginManifest& manifest = read.manifest;
  CHECK(manifest.version == "v2.4");
  CHECK(manifest.name_space == "contacts");
  CHECK(manifest.description_for_model == "Finds people by name");
  REQUIRE(manifest.starters.size() == 1);
  CHECK(manifest.starters[0].text == "Who is Ann?");
  REQUIRE(manifest.functions.size() == 2);
  const yoke::FunctionWords& find = manifest.functions[0];
  CHECK(find.parameters.at("properties").at("query").at("default") == "a");
  CHECK(find.parameters.at("required") == Json({"query"}));
  CHECK(find.returns == "the people");
  CHECK(find.reasoning.replaces);
  CHECK(find.reasoning.instructions == std::vector<std::string>{"Say what you look for."});
  CHECK_FALSE(find.responding.replaces);
  CHECK(find.responding.instructions.size() == 2);
  CHECK(find.responding.examples == std::vector<std::string>{"- Ann"});
  REQUIRE(find.confirmation);
  CHECK(find.confirmation->title == "Find?");
  CHECK(find.confirmation->is_non_consequential == true);
  REQUIRE(find.response);
  CHECK(find.response->properties.size() == 2);
  CHECK(find.response->card.at("type") == "AdaptiveCard");
  CHECK(find.data.told);
  CHECK(find.data.gets_private);
  CHECK(find.data.exports);
  CHECK_FALSE(find.data.updates);
  CHECK_FALSE(manifest.functions[1].data.told);
}

TEST_CASE("runtimes run the functions that their globs name") {
  const Read read(kWhole);
  REQUIRE(read.manifest.runtimes.size() == 3);
  const PluginRuntime& api = read.manifest.runtimes[0];
  CHECK(api.auth.kind == PluginAuth::Kind::oauth);
  CHECK(api.auth.reference_id == "id-1");
  CHECK(api.runs("find_people"));
  CHECK_FALSE(api.runs("remember"));
  const PluginRuntime& mcp = read.manifest.runtimes[1];
  CHECK(mcp.kind == PluginRuntime::Kind::mcp);
  REQUIRE(mcp.mcp_tools.size() == 1);
  CHECK(mcp.mcp_tools[0].annotations.at("readOnlyHint") == true);
  CHECK_FALSE(mcp.is_dynamic);
  CHECK(read.manifest.runtimes[2].kind == PluginRuntime::Kind::local);
  CHECK_THAT(read.said(), Catch::Contains("#/runtimes/2: not: LocalPlugin"));
  const Read all(
      with_runtime(R"({"type":"OpenApi","auth":{"type":"None"},"spec":{"url":"a.yml"}})"));
  CHECK(all.manifest.runtimes[0].runs("anything"));
}

TEST_CASE("a runtime without auth asks for no sign-in and breaks the schema") {
  const Read read(with_runtime(R"({"type":"OpenApi","spec":{"url":"a.yml"}})"));
  REQUIRE(read.manifest.runtimes.size() == 1);
  CHECK(read.manifest.runtimes[0].auth.kind == PluginAuth::Kind::none);
  CHECK(yoke::breaks_schema(read.findings));
  CHECK_FALSE(yoke::has_errors(read.findings));
}

TEST_CASE("an MCP server that is not described is asked for its tools") {
  const Read read(R"({"schema_version":"v2.4","name_for_human":"n","namespace":"n",
    "description_for_human":"d","functions":[],"runtimes":[{"type":"RemoteMCPServer",
    "auth":{"type":"None"},"spec":{"url":"https://m.example/mcp"},"run_for_functions":["*"]}]})");
  REQUIRE(read.manifest.runtimes.size() == 1);
  CHECK(read.manifest.runtimes[0].is_dynamic);
  CHECK_FALSE(read.manifest.has_functions);
}

TEST_CASE("the kind of sign-in is read in either spelling that the schema has") {
  const Read read(with_runtime(
      R"({"type":"OpenApi","auth":{"Type":"ApiKeyPluginVault","reference_id":"k"},
          "spec":{"url":"a.yml"}})"));
  REQUIRE(read.manifest.runtimes.size() == 1);
  CHECK(read.manifest.runtimes[0].auth.kind == PluginAuth::Kind::api_key);
  CHECK_FALSE(yoke::breaks_schema(read.findings));
}

TEST_CASE("what an author set aside with x- is told as such, and guessed to mean nothing else") {
  const Read read(R"({"schema_version":"v2.4","name_for_human":"n","namespace":"n",
    "description_for_human":"d","functions":[{"name":"f"}],"runtimes":[{"type":"RemoteMCPServer",
    "auth":{"type":"None"},"run_for_functions":["f"],"spec":{"url":"https://m.example/mcp",
    "x-mcp_tool_description":{"tools":[]}}}]})");
  CHECK_THAT(read.said(),
             Catch::Contains("/spec/x-mcp_tool_description: not: the format has no properties "
                             "with 'x-'; it has no effect"));
}

TEST_CASE("the tools that a manifest describes may have what servers' extensions add") {
  const Read read(R"({"schema_version":"v2.4","name_for_human":"n","namespace":"n",
    "description_for_human":"d","functions":[],"runtimes":[{"type":"RemoteMCPServer",
    "auth":{"type":"None"},"spec":{"url":"https://m.example/mcp","mcp_tool_description":{"tools":[
    {"name":"seen","inputSchema":{"type":"object"},"securitySchemes":[],
     "_meta":{"ui":{"visibility":["model","app"]}}},
    {"name":"inner","inputSchema":{"type":"object"},"_meta":{"ui":{"visibility":["app"]}}}]}}}]})");
  REQUIRE(read.manifest.runtimes.size() == 1);
  REQUIRE(read.manifest.runtimes[0].mcp_tools.size() == 2);
  CHECK_FALSE(read.manifest.runtimes[0].mcp_tools[0].for_interfaces);
  CHECK(read.manifest.runtimes[0].mcp_tools[1].for_interfaces);
  CHECK_FALSE(yoke::breaks_schema(read.findings));
}

TEST_CASE("a property that the format does not have is told of, and only a strict check fails") {
  const Read read(with_runtime(
      R"({"type":"OpenApi","auth":{"type":"None","refernce_id":"x"},"spec":{"url":"a.yml"}})"));
  CHECK_THAT(read.said(),
             Catch::Contains("ai-plugin.json#/runtimes/0/auth/refernce_id: not: there is "
                             "no such property (did you mean 'reference_id'?)"));
  CHECK(yoke::breaks_schema(read.findings));
  CHECK_FALSE(yoke::has_errors(read.findings));
}

TEST_CASE("what cannot be used in a manifest is an error with its place") {
  struct Case {
    std::string text;
    std::string said;
  };
  const auto function = [](const std::string& words) {
    return R"({"schema_version":"v2.2","name_for_human":"n","namespace":"n",
      "description_for_human":"d",
      "functions":[)" +
           words +
           R"(],"runtimes":[{"type":"OpenApi","auth":{"type":"None"},"spec":{"url":"a"}}]})";
  };
  const std::vector<Case> cases = {
      {function(R"({"name":"f","capabilities":{"response_semantics":{"data_path":"$["}}})"),
       "/functions/0/capabilities/response_semantics/data_path: error: '$[' is no JSONPath"},
      {function(R"({"name":"f","capabilities":{"response_semantics":{"data_path":"$",
                 "static_template":{"file":"../../etc/passwd"}}}})"),
       "static_template/file: error: the file '../../etc/passwd' lies outside of the package"},
      {function(R"({"name":"f"},{"name":"f"})"),
       "/functions/1: error: there are two functions 'f'"},
      {function(R"({"description":"no name"})"), "/functions/0: error: a function without a name"},
      {function(
           R"({"name":"f","parameters":{"type":"object","properties":{"a":1},"required":["b"]}})"),
       "/functions/0/parameters/required: error: names 'b', which is no property"},
      {function(R"({"name":"f","capabilities":{"security_info":{"data_handling":["GetAll"]}}})"),
       "error: there is no data handling 'GetAll'"},
      {with_runtime(R"({"type":"Magic","auth":{"type":"None"},"spec":{}})"),
       "/runtimes/0: error: there is no runtime 'Magic'"},
      {with_runtime(
           R"({"type":"OpenApi","auth":{"type":"None"},"spec":{"url":"a"},"run_for_functions":[
             "g"]})"),
       "/functions: error: no runtime runs the function 'f'"},
      {with_runtime(R"({"type":"OpenApi","auth":7,"spec":[]})"),
       "/runtimes/0/auth: error: is no object"},
  };
  for (const Case& one : cases) {
    const Read read(one.text);
    CHECK(read.error.empty());
    CHECK_THAT(read.said(), Catch::Contains(one.said));
  }
}

TEST_CASE("what of a confirmation's words is not filled in is told with its place") {
  const Read read(R"({"schema_version":"v2.4","name_for_human":"n","namespace":"n",
    "description_for_human":"d","functions":[{"name":"f","capabilities":{"confirmation":{
      "type":"AdaptiveCard","title":"Send {{ function.parameters.to }}?",
      "body":"{{#function.parameters.cc}}Copy to {{function.parameters.cc}}{{/it}} {{user}}"}}}],
    "runtimes":[{"type":"OpenApi","auth":{"type":"None"},"spec":{"url":"a"}}]})");
  const std::string at = "#/functions/0/capabilities/confirmation/body: not: ";
  CHECK_THAT(read.said(), Catch::Contains(at + "'{{#function.parameters.cc}}' stays as it is "
                                               "written, and what stands in the section is always "
                                               "shown"));
  CHECK_THAT(read.said(), Catch::Contains(at + "'{{user}}' stays as it is written: only"));
  CHECK_THAT(read.said(), !Catch::Contains("confirmation/title: not"));
  CHECK_THAT(read.said(), !Catch::Contains("'{{function.parameters.cc}}'"));
}

TEST_CASE("another version of the manifest is refused by name") {
  CHECK_THAT(Read(R"({"schema_version":"v1"})").error, Catch::Contains("'v1' is not read here"));
  CHECK_THAT(Read("[]").error, Catch::Contains("no plugin manifest"));
}

TEST_CASE("a document of a package is told by what it holds") {
  using yoke::PackageDocument;
  CHECK(yoke::package_document_of(json_of(R"({"openapi":"3.0.0"})")) == PackageDocument::openapi);
  CHECK(yoke::package_document_of(json_of(kWhole)) == PackageDocument::plugin);
  CHECK(yoke::package_document_of(json_of(R"({"manifestVersion":"1.21"})")) ==
        PackageDocument::app_manifest);
  CHECK(yoke::package_document_of(json_of(R"({"version":"v1.4","name":"a","description":"b"})")) ==
        PackageDocument::declarative_agent);
  CHECK(yoke::package_document_of(json_of("[]")) == PackageDocument::unknown);
}
