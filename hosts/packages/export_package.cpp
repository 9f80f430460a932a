#include "hosts/packages/export_package.h"

#include <algorithm>

#include "agents/declarative/declarative_program.h"
#include "hosts/packages/icon.h"
#include "runtime/base/hash.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::string_view kSchemas = "https://developer.microsoft.com/json-schemas/";
constexpr const char* kKeyPlace = "${{YOKE_KEY_REGISTRATION_ID}}";
constexpr std::size_t kStarters = 12;

// Nothing that the format takes for a localised text.
std::string plain_line(const std::string& text, std::size_t bytes_max) {
  std::string out;
  for (const char c : printable(to_valid_utf8(text))) out += c == '\n' || c == '\t' ? ' ' : c;
  for (const char* mark : {"[[", "]]"}) {
    for (std::size_t at = out.find(mark); at != std::string::npos; at = out.find(mark)) {
      out.erase(at, 1);
    }
  }
  return shorten(std::string(trim(out)), bytes_max);
}

// A GUID of version 8 (RFC 9562) from what names the app.
std::string app_id(const ExportedAgent& agent) {
  std::string hex = to_hex(sha256("yoke export " + agent.name + " " + agent.url)).substr(0, 32);
  hex[12] = '8';
  hex[16] = "89ab"[hex[16] % 4];
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" +
         hex.substr(16, 4) + "-" + hex.substr(20);
}

std::string letters_of(const std::string& name) {
  std::string out;
  for (const char c : plain_agent_name(name)) {
    if (c != '-') out += c;
  }
  return out;
}

std::string host_of(const std::string& url) {
  const std::size_t begin = url.find("://") + 3;
  return url.substr(begin, url.find_first_of(":/?#", begin) - begin);
}

std::string said(const ExportedAgent& agent) {
  return agent.description.empty() ? "Asks the agent " + agent.name + " of a Yoke server."
                                   : agent.description;
}

Json app_manifest_of(const ExportedAgent& agent) {
  const auto page = [&](const std::string& given, const char* path) {
    return given.empty() ? agent.url + path : given;
  };
  Json out{{"$schema", std::string(kSchemas) + "teams/v1.19/MicrosoftTeams.schema.json"},
           {"manifestVersion", "1.19"},
           {"version", agent.version},
           {"id", app_id(agent)},
           {"accentColor", agent.accent}};
  out["developer"] = {{"name", plain_line(agent.developer, 32)},
                      {"websiteUrl", page(agent.website, "/")},
                      {"privacyUrl", page(agent.privacy, "/privacy")},
                      {"termsOfUseUrl", page(agent.terms, "/terms")}};
  out["name"] = {{"short", plain_line(agent.name, 30)}, {"full", plain_line(agent.name, 100)}};
  out["description"] = {{"short", plain_line(said(agent), 80)},
                        {"full", plain_line(said(agent), 4000)}};
  out["icons"] = {{"color", "color.png"}, {"outline", "outline.png"}};
  Json inner = Json::array({{{"id", "declarativeAgent"}, {"file", "declarativeAgent.json"}}});
  out["copilotAgents"] = {{"declarativeAgents", std::move(inner)}};
  out["validDomains"] = Json::array({host_of(agent.url)});
  return out;
}

std::string instructions_for(const ExportedAgent& agent) {
  if (agent.way == ExportedAgent::Way::mcp) {
    return "You speak for the agent '" + agent.name +
           "' of a Yoke server. Hand what the user wants to the tools of the action; do not answer "
           "from what you know. Give their results in their own words.";
  }
  return "You speak for the agent '" + agent.name +
         "' of a Yoke server. Call ask with the user's whole request as task; do not answer from "
         "what you know. Where status is completed, give output or text word for word. Where it is "
         "waiting, say what its questions ask. Where it is running, say that it goes on and name "
         "the run. Otherwise say what reason and message tell.";
}

Json agent_manifest_of(const ExportedAgent& agent) {
  Json out{{"$schema", std::string(kSchemas) + "copilot/declarative-agent/v1.8/schema.json"},
           {"version", "v1.8"},
           {"name", plain_line(agent.name, 100)},
           {"description", plain_line(said(agent), 1000)},
           {"instructions", instructions_for(agent)}};
  out["actions"] = Json::array({{{"id", "yoke"}, {"file", "ai-plugin.json"}}});
  out["behavior_overrides"] = {{"special_instructions", {{"discourage_model_knowledge", true}}}};
  Json starters = Json::array();
  for (const std::string& text : agent.starters) {
    if (starters.size() < kStarters && !trim(text).empty()) {
      starters.push_back(Json{{"text", plain_line(text, 400)}});
    }
  }
  if (!starters.empty()) out["conversation_starters"] = std::move(starters);
  return out;
}

Json plugin_manifest_of(const ExportedAgent& agent) {
  const std::string key = agent.key_id.empty() ? kKeyPlace : agent.key_id;
  Json out{{"$schema", std::string(kSchemas) + "copilot/plugin/v2.4/schema.json"},
           {"schema_version", "v2.4"},
           {"namespace", letters_of(agent.name)},
           {"name_for_human", plain_line(agent.name, 20)},
           {"description_for_human", plain_line(said(agent), 100)},
           {"description_for_model", plain_line(said(agent), 2048)}};
  Json runtime{{"auth", {{"type", "ApiKeyPluginVault"}, {"reference_id", key}}}};
  if (agent.way == ExportedAgent::Way::mcp) {
    out["functions"] = Json::array();
    runtime["type"] = "RemoteMCPServer";
    runtime["spec"] = {{"url", agent.url + "/mcp"}};
    runtime["run_for_functions"] = Json::array({"*"});
  } else {
    Json semantics{{"data_path", "$"},
                   {"properties", {{"title", "$.agent"}, {"subtitle", "$.text"}}}};
    Json function{{"name", "ask"},
                  {"description", "Has the agent do a task, and waits for what it comes to."}};
    function["capabilities"] = {
        {"response_semantics", std::move(semantics)},
        {"confirmation",
         {{"type", "AdaptiveCard"}, {"title", "Ask " + plain_line(agent.name, 60) + "?"}}},
        {"security_info",
         {{"data_handling", Json::array({"GetPrivateData", "ResourceStateUpdate"})}}}};
    out["functions"] = Json::array({std::move(function)});
    runtime["type"] = "OpenApi";
    runtime["spec"] = {{"url", "openapi.json"}};
    runtime["run_for_functions"] = Json::array({"ask"});
  }
  out["runtimes"] = Json::array({std::move(runtime)});
  return out;
}

Json text_schema(const char* about) { return {{"type", "string"}, {"description", about}}; }

Json run_schema() {
  Json fields{{"run", text_schema("The run's id")},
              {"agent", text_schema("The agent's name")},
              {"status", text_schema("completed, waiting, running, failed or cancelled")},
              {"reason", text_schema("Why it is as it is, where it has not completed")},
              {"message", text_schema("What went wrong")},
              {"text", text_schema("The answer in words")}};
  fields["output"] = {{"description", "The answer as data, where the agent gives such"}};
  fields["questions"] = {{"type", "array"}, {"items", {{"type", "object"}}}};
  return {{"type", "object"}, {"properties", std::move(fields)}};
}

Json openapi_of(const ExportedAgent& agent) {
  Json body{{"type", "object"}, {"required", Json::array({"agent", "task"})}};
  body["properties"] = {
      {"agent", {{"type", "string"}, {"enum", Json::array({agent.name})}, {"default", agent.name}}},
      {"task", text_schema("What it is to do: the user's whole request, in words")}};
  Json operation{
      {"operationId", "ask"},
      {"summary", "Ask " + plain_line(agent.name, 60)},
      {"description", "Starts a run of the agent and waits up to 40 seconds for its end."},
      {"x-openai-isConsequential", true}};
  operation["parameters"] = Json::array(
      {{{"name", "wait"}, {"in", "query"}, {"schema", {{"type", "string"}, {"default", "40s"}}}}});
  operation["requestBody"] = {{"required", true},
                              {"content", {{"application/json", {{"schema", std::move(body)}}}}}};
  const Json content{{"application/json", {{"schema", {{"$ref", "#/components/schemas/Run"}}}}}};
  operation["responses"] = {
      {"201", {{"description", "It has ended, or waits for a person"}, {"content", content}}},
      {"202", {{"description", "It goes on"}, {"content", content}}}};
  Json out{{"openapi", "3.0.3"},
           {"info", {{"title", plain_line(agent.name, 100)}, {"version", agent.version}}}};
  out["servers"] = Json::array({{{"url", agent.url}}});
  out["paths"] = {{"/v1/runs", {{"post", std::move(operation)}}}};
  out["components"] = {{"schemas", {{"Run", run_schema()}}},
                       {"securitySchemes", {{"key", {{"type", "http"}, {"scheme", "bearer"}}}}}};
  out["security"] = Json::array({{{"key", Json::array()}}});
  return out;
}

}  // namespace

Result<std::map<std::string, std::string>> exported_package(const ExportedAgent& given) {
  ExportedAgent agent = given;
  while (agent.url.ends_with("/")) agent.url.pop_back();
  if (!agent.url.starts_with("https://") || host_of(agent.url).empty()) {
    return Error{Errc::invalid,
                 "--url is where Microsoft 365 reaches this project's 'yoke serve': write "
                 "https://HOST, not '" +
                     shorten(printable(given.url), 80) + "'"};
  }
  if (agent.name.empty()) return Error{Errc::invalid, "the agent has no name"};
  std::map<std::string, std::string> files;
  files["manifest.json"] = to_pretty_text(app_manifest_of(agent)) + "\n";
  files["declarativeAgent.json"] = to_pretty_text(agent_manifest_of(agent)) + "\n";
  files["ai-plugin.json"] = to_pretty_text(plugin_manifest_of(agent)) + "\n";
  if (agent.way == ExportedAgent::Way::openapi) {
    files["openapi.json"] = to_pretty_text(openapi_of(agent)) + "\n";
  }
  files["color.png"] = color_icon(icon_color_of(agent.accent));
  files["outline.png"] = outline_icon();
  return files;
}

}  // namespace yoke
