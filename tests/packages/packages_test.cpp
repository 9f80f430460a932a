#include <catch2/catch.hpp>

#include "hosts/packages/conformance.h"
#include "hosts/packages/export_package.h"
#include "hosts/packages/icon.h"
#include "hosts/packages/package_skills.h"
#include "hosts/packages/toml_sections.h"
#include "tests/support/real_manifests.h"
#include "tests/support/temp_project.h"

namespace yoke {
namespace {

using testing::TempFolder;

std::string data() { return testing::real_manifests() + "/pnp/"; }

ConformanceReport report_of(const std::string& path, const PackageMeans& means = {}) {
  Result<ConformanceReport> report = check_package(path, {}, "", means);
  INFO((report.has_value() ? "" : report.error().message()));
  REQUIRE(report.has_value());
  return std::move(*report);
}

std::string lines_of(const ConformanceReport& report) {
  std::string out;
  for (const PluginFinding& each : report.findings) out += to_line(each) + "\n";
  return out;
}

bool has(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return true;
  UNSCOPED_INFO("no \"" << part << "\" in:\n" << text);
  return false;
}

ExportedAgent analyst() {
  ExportedAgent agent;
  agent.name = "analyst";
  agent.description = "Answers [[questions]] about files.";
  agent.url = "https://agents.example.com/";
  agent.starters = {"Which month was the wettest?"};
  return agent;
}

}  // namespace

TEST_CASE("an app package is read with its agents and their plugins") {
  if (!testing::has_real_manifests()) return;
  const Result<ReadPackage> read = read_package(data() + "da-ITHelpdesk", {});
  REQUIRE(read.has_value());
  CHECK(read->kind == PackageDocument::app_manifest);
  REQUIRE(read->app.has_value());
  CHECK(read->app->version == "1.21");
  REQUIRE(read->agents.size() == 1);
  CHECK(read->agents[0].agent.name == "ITHelpdesk");
  CHECK(read->agents[0].agent.instructions.starts_with("Assist users with common IT issues"));
  CHECK(read->agents[0].agent.starters.size() == 6);
  REQUIRE(read->agents[0].plugins.size() == 1);
  CHECK(read->agents[0].plugins[0].file == "ai-plugin.json");
  CHECK(read->agents[0].plugins[0].id == "action_1");
}

TEST_CASE("every agent of others is reported on, each thing with its place") {
  if (!testing::has_real_manifests()) return;
  for (const char* name : {"da-ITHelpdesk", "da-repairs-oauth-js", "da-ristorante-api-js"}) {
    INFO(name);
    const ConformanceReport report = report_of(data() + name);
    CHECK(report.kind == PackageDocument::app_manifest);
    CHECK(report.contents.size() == 3);
    CHECK(has(lines_of(report), "#/instructions: honoured: what the model is told first"));
    CHECK(has(lines_of(report), "manifest.json#/icons/color: not: the icon is not there"));
  }
}

TEST_CASE("capabilities are told as what the project has for them") {
  if (!testing::has_real_manifests()) return;
  const std::string path = data() + "da-ITHelpdesk";
  const std::string lines = lines_of(report_of(path));
  CHECK(has(lines, "/capabilities/2: not: People: is not available"));
  CHECK(has(lines, "/capabilities/3: differently: CodeInterpreter: the model writes Lua"));
  PackageMeans means;
  means.code = false;
  CHECK(has(lines_of(report_of(path, means)),
            "/capabilities/3: not: CodeInterpreter: is not available"));
}

TEST_CASE("what Microsoft Graph answers is told with what it is kept to, and never kept to less") {
  TempFolder folder;
  const auto lines_for = [&](const std::string& capability) {
    folder.write("desk.json",
                 R"({"version":"v1.8","name":"D","description":"d","instructions":"i",)"
                 R"("capabilities":[)" +
                     capability + "]}");
    PackageMeans means;
    means.asks_graph = true;
    means.graph = graph_capabilities();
    return lines_of(report_of(folder.file("desk.json"), means));
  };
  CHECK(has(lines_for(R"({"name":"OneDriveAndSharePoint"})"),
            "#/capabilities/0: differently: OneDriveAndSharePoint: graph:files.search"));
  const std::string files = lines_for(
      R"({"name":"OneDriveAndSharePoint","items_by_url":[{"url":"https://c.example/sites/hr"},)"
      R"({"url":"https://c.example/:f:/s/hr/E"}],"items_by_sharepoint_ids":[{"site_id":"no"},)"
      R"({"site_id":"5863dfa5-b39d-4cd1-92a6-5cf539e04971"}]})");
  CHECK(has(files, "in 2 places alone"));
  CHECK(has(files, "/items_by_url/1: not: OneDriveAndSharePoint: https://c.example/:f:/s/hr/E"));
  CHECK(has(files, "/items_by_sharepoint_ids/0: not: OneDriveAndSharePoint: has an id"));
  CHECK(
      has(lines_for(R"({"name":"OneDriveAndSharePoint","items_by_url":[]})"), "is not available"));
  CHECK(has(lines_for(R"({"name":"TeamsMessages","urls":[{"url":"https://teams.example/x"}]})"),
            "#/capabilities/0: not: TeamsMessages: is not available: none of the addresses"));
  CHECK(has(lines_for(R"({"name":"Email","folders":[],"shared_mailbox":"a@c.example"})"),
            "Email: is not available: it names folders"));
  CHECK(has(lines_for(R"({"name":"Email","shared_mailbox":"a@c.example"})"), "in a@c.example"));
  CHECK(has(lines_for(R"({"name":"Meetings","items_by_id":[]})"), "Meetings: is not available"));
  CHECK(has(lines_for(R"({"name":"GraphConnectors","connections":[{"connection_id":"j",)"
                      R"("items_by_path":[{"path":"/a"}]}]})"),
            "GraphConnectors: is not available: none of the connections"));
  CHECK(has(lines_for(R"({"name":"GraphConnectors"})"), "of all connections"));
}

TEST_CASE("an exported agent is a package without anything that the schemas forbid") {
  for (const auto way : {ExportedAgent::Way::openapi, ExportedAgent::Way::mcp}) {
    ExportedAgent agent = analyst();
    agent.way = way;
    const auto files = exported_package(agent);
    REQUIRE(files.has_value());
    const Result<std::string> zip = write_zip(*files);
    REQUIRE(zip.has_value());
    TempFolder folder;
    folder.write("analyst.zip", *zip);
    const ConformanceReport report = report_of(folder.file("analyst.zip"));
    INFO(lines_of(report));
    CHECK_FALSE(has_errors(report.findings));
    CHECK_FALSE(breaks_schema(report.findings));
    CHECK(exported_package(agent).value() == *files);
  }
}

TEST_CASE("an export needs an address with https") {
  ExportedAgent agent = analyst();
  agent.url = "http://agents.example.com";
  CHECK_FALSE(exported_package(agent).has_value());
}

TEST_CASE("the icons are PNG files of the sizes that packages have") {
  const ImageSize color = png_size(color_icon(icon_color_of("#4464EE")));
  CHECK(color.width == 192);
  CHECK(color.height == 192);
  CHECK(png_size(outline_icon()).width == 32);
  CHECK(png_size("GIF89a, and more than twenty-four bytes").width == 0);
  CHECK(icon_color_of("#4464EE").green == 0x64);
}

TEST_CASE("an icon of another size, a missing file and an unknown member break the schema") {
  TempFolder folder;
  folder.write("manifest.json",
               R"({"manifestVersion":"1.19","version":"1","id":"x","developer":{"name":"d",)"
               R"("websiteUrl":"https://a.example","privacyUrl":"https://a.example",)"
               R"("termsOfUseUrl":"https://a.example"},"name":{"short":"n"},"description":)"
               R"({"short":"s","full":"f"},"icons":{"color":"a.png","outline":"b.png"},)"
               R"("accentColor":"red","wizardry":1,"copilotAgents":{"declarativeAgents":)"
               R"([{"id":"a","file":"gone.json"}]}})");
  folder.write("a.png", outline_icon());
  const std::string lines = lines_of(report_of(folder.path()));
  CHECK(has(lines, "#/icons/color: not: the icon a.png is 32 x 32 pixels"));
  CHECK(has(lines, "#/icons/outline: not: the icon is not there"));
  CHECK(has(lines, "#/id: differently: must be a GUID"));
  CHECK(has(lines, "#/accentColor: differently: must be a colour"));
  CHECK(has(lines, "#/wizardry: not: there is no such member here"));
  CHECK(has(lines, "gone.json: error"));
}

TEST_CASE("what is no package is told with its path") {
  TempFolder folder;
  folder.write("readme.txt", "x");
  folder.write("other.json", "{}");
  const auto error = [&](const std::string& path) {
    return check_package(path, {}, "", {}).error().message();
  };
  CHECK(has(error(folder.path()), "holds no manifest.json, declarative agent or plugin"));
  CHECK(has(error(folder.file("other.json")), "is no app manifest, declarative agent, plugin"));
  CHECK(has(error(folder.file("gone.zip")), "gone.zip"));
}

TEST_CASE("a manifest that is no JSON is told with its place, also where a folder was named") {
  TempFolder folder;
  folder.write("declarativeAgent.json", "{\n  // of mine\n  \"version\": \"v1.8\"\n}");
  const std::string error = check_package(folder.path(), {}, "", {}).error().message();
  CHECK(has(error, "declarativeAgent.json: byte "));
}

TEST_CASE("a wrong version or name is told with all else that is wrong, in one report") {
  TempFolder folder;
  folder.write("manifest.json",
               R"({"manifestVersion":"9.9","name":{"short":"Desk"},"wizardry":1,)"
               R"("copilotAgents":{"declarativeAgents":[{"id":"a","file":"agent.json"}]}})");
  folder.write("agent.json", R"({"version":"v7.1","instructions":"Be kind.","wizardry":1,)"
                             R"("actions":[{"id":"p","file":"ai-plugin.json"}]})");
  folder.write("ai-plugin.json",
               R"({"schema_version":"v9","name_for_human":"n","namespace":"n n",)"
               R"("description_for_human":"d","functions":[],"runtimes":[{"type":"Magic"}]})");
  const std::string lines = lines_of(report_of(folder.path()));
  CHECK(has(lines, "manifest.json#/manifestVersion: error: the app manifest's version \"9.9\""));
  CHECK(has(lines, "manifest.json#/wizardry: not"));
  CHECK(has(lines, "agent.json#/version: error: the declarative agent's version \"v7.1\""));
  CHECK(has(lines, "agent.json#/name: error: a declarative agent has a \"name\""));
  CHECK(has(lines, "agent.json#/wizardry: not"));
  CHECK(has(lines, "ai-plugin.json#/schema_version: error: schema_version 'v9' is not read here"));
  CHECK(has(lines, "ai-plugin.json#/namespace"));
  CHECK(has(lines, "ai-plugin.json#/runtimes/0: error: there is no runtime 'Magic'"));
  CHECK(has_errors(report_of(folder.path()).findings));
  // What is to be run is refused as before.
  CHECK(read_package(folder.path(), {}).error().code == Errc::unsupported);
  const std::string alone = lines_of(report_of(folder.file("ai-plugin.json")));
  CHECK(has(alone, "#/runtimes/0: error: there is no runtime 'Magic'"));
}

TEST_CASE("whether an MCP function only reads is the manifest's to say, and is told") {
  TempFolder folder;
  folder.write("ai-plugin.json",
               R"({"schema_version":"v2.4","name_for_human":"n","namespace":"n",)"
               R"("description_for_human":"d","functions":[{"name":"find"},{"name":"drop"}],)"
               R"("runtimes":[{"type":"RemoteMCPServer","auth":{"type":"None"},)"
               R"("spec":{"url":"https://notes.example/mcp","mcp_tool_description":{"tools":[)"
               R"({"name":"find","inputSchema":{"type":"object"},)"
               R"("annotations":{"readOnlyHint":true}},)"
               R"({"name":"drop","inputSchema":{"type":"object"}}]}}}]})");
  const std::string lines = lines_of(report_of(folder.path()));
  CHECK(has(lines, "#/functions/0: honoured: 'find' only reads (annotations.readOnlyHint)"));
  CHECK(has(lines, "#/functions/1: not: what the server itself hints of 'drop' (readOnlyHint)"));
}

TEST_CASE("a plugin without a name space has its tools under what it is called") {
  TempFolder folder;
  folder.write("ai-plugin.json",
               R"({"schema_version":"v2.1","name_for_human":"Tide Tables","description_for_human":)"
               R"("d","functions":[],"runtimes":[{"type":"OpenApi","auth":{"type":"None"},)"
               R"("spec":{"url":"tides.yml"},"run_for_functions":["*"]}]})");
  folder.write("tides.yml",
               "openapi: 3.0.0\ninfo: {title: T, version: '1'}\n"
               "servers: [{url: 'https://${{HOST}}/v1'}]\n"
               "paths: {/high: {get: {operationId: high, responses: {'200': {description: d}}}}}");
  const std::string lines = lines_of(report_of(folder.path()));
  CHECK(has(lines, "GET /high is the tool plugin:tide-tables.high"));
  CHECK(has(lines, "tides.yml: not: nothing is set for the variable 'HOST'"));
  const std::string alone = lines_of(report_of(folder.file("tides.yml")));
  CHECK(has(alone, "GET /high is the tool plugin:tides.high"));
}

TEST_CASE("each thing in a plugin's manifest is told once") {
  TempFolder folder;
  folder.write("ai-plugin.json",
               R"({"schema_version":"v2.4","name_for_human":"n","namespace":"n",)"
               R"("description_for_human":"${{WHAT}}","functions":[],"runtimes":[]})");
  const std::string lines = lines_of(report_of(folder.path()));
  const std::string told = "nothing is set for the variable 'WHAT'";
  CHECK(has(lines, told));
  CHECK(lines.find(told, lines.find(told) + 1) == std::string::npos);
}

TEST_CASE("skills that lie in a package are its agents', each once and with its files") {
  TempFolder folder;
  folder.write("manifest.json",
               R"({"manifestVersion":"1.29","staticTabs":[],"agentSkills":[{"folder":"skills/a/"},)"
               R"({"folder":"skills/b"}],"copilotAgents":{"declarativeAgents":)"
               R"([{"id":"x","file":"agent.json"}]}})");
  folder.write("agent.json",
               R"({"version":"v1.8","name":"n","description":"d","instructions":"i",)"
               R"("agent_skills":[{"folder":"./skills/a"},{"folder":"skills/gone"}]})");
  folder.write("skills/a/SKILL.md", "---\nname: a\ndescription: Does a.\n---\nDo a.\n");
  folder.write("skills/a/tables/one.md", "1\n");
  folder.write("skills/b/SKILL.md", "---\nname: b\ndescription: Does b.\n---\nDo b.\n");
  const Result<ReadPackage> read = read_package(folder.path(), {});
  REQUIRE(read.has_value());
  REQUIRE(read->agents.size() == 1);
  PluginFindings findings;
  const std::vector<Skill> skills = skills_of_package(*read, read->agents[0], findings);
  REQUIRE(skills.size() == 2);
  CHECK(skills[0].name == "a");
  REQUIRE(skills[0].files.size() == 1);
  CHECK(skills[0].files[0].path == "tables/one.md");
  CHECK(skills[0].files[0].text == "1\n");
  CHECK(skills[1].name == "b");
  const std::string lines = lines_of(report_of(folder.path()));
  CHECK(has(lines, "agent.json#/agent_skills/0/folder: honoured: the skill 'a' is offered"));
  CHECK(has(lines, "agent.json#/agent_skills/1/folder: error: "));
  CHECK(has(lines, "manifest.json#/agentSkills/0/folder: not: the skill 'a' is there twice"));
  CHECK(has(lines, "manifest.json#/agentSkills/1/folder: honoured: the skill 'b'"));
  CHECK(lines.find("tabs are Teams'") == std::string::npos);
}

TEST_CASE("a package's hash changes with any of its files") {
  const auto hash_of = [](const std::string& text) {
    return package_hash(*Package::from_files({{"a", "1"}, {"b", text}})).value();
  };
  CHECK(hash_of("2") == hash_of("2"));
  CHECK(hash_of("2") != hash_of("3"));
}

TEST_CASE("a section is added to yoke.toml and taken out again, and all else stays") {
  const std::string before = "# mine\n[store]\nurl = \"memory:\"  # kept\n\n# of tools\n[tools]\n";
  const Result<std::string> with =
      with_toml_section(before, "plugins.menu", "path = " + toml_quoted("a \"b\"\\c") + "\n");
  REQUIRE(with.has_value());
  CHECK(*with == before + "\n[plugins.menu]\npath = \"a \\\"b\\\"\\\\c\"\n");
  CHECK(with_toml_section(*with, "plugins.menu", "").error().code == Errc::conflict);
  CHECK(without_toml_section(*with, "plugins.menu").value() == before);
  const std::string middle =
      "[plugins.menu]\npath = \"x\"\n[plugins.menu.auth]\nkind = \"y\"\n\n# next\n[tools]\n";
  CHECK(without_toml_section(middle, "plugins.menu").value() == "\n# next\n[tools]\n");
  CHECK(without_toml_section(before, "plugins.menu").error().code == Errc::not_found);
  CHECK(without_toml_section("plugins = { menu = { path = \"x\" } }\n", "plugins.menu")
            .error()
            .code == Errc::unsupported);
}

}  // namespace yoke
