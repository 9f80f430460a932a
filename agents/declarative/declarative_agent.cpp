#include "agents/declarative/declarative_agent.h"

#include <algorithm>

#include "agents/declarative/declarative_shape.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

using Verdict = AgentFinding::Verdict;

class DeclarativeReader {
 public:
  DeclarativeReader(const Json& manifest, bool only_told)
      : manifest_(manifest), only_told_(only_told) {}

  Result<DeclarativeReading> read() {
    if (Result<void> fit = check_version(); !fit) return fit.error();
    check_shape(declarative_shape(), "agent", manifest_, "", minor_, out_.findings);
    DeclarativeAgent& agent = out_.agent;
    agent.id = string_at(manifest_, "id");
    agent.name = std::string(trim(string_at(manifest_, "name")));
    agent.description = string_at(manifest_, "description");
    agent.instructions = string_at(manifest_, "instructions");
    if (agent.name.empty()) {
      const bool other = manifest_.contains("name") && !manifest_["name"].is_string();
      const Result<void> told =
          wrong_head(Errc::invalid, "/name",
                     other ? "a declarative agent's \"name\" is a text"
                           : "a declarative agent has a \"name\"; this has none");
      if (!told) return told.error();
    }
    if (agent.instructions.empty() && !manifest_.contains("instructions")) {
      put(Verdict::differently, "/instructions",
          "is missing: the agent goes by its description alone");
    }
    read_capabilities();
    read_starters();
    read_actions();
    read_behavior();
    read_workers();
    read_answers();
    read_skills();
    agent.disclaimer = string_at(member_at(manifest_, "disclaimer"), "text");
    agent.sensitivity_label = string_at(member_at(manifest_, "sensitivity_label"), "id");
    tell_what_becomes();
    return std::move(out_);
  }

 private:
  void put(Verdict verdict, const std::string& pointer, std::string text, bool forbidden = false) {
    out_.findings.push_back(AgentFinding{verdict, pointer, std::move(text), forbidden});
  }

  // What no agent can be run with: an error, or told where all is to be told.
  Result<void> wrong_head(Errc code, const std::string& pointer, std::string text) {
    if (!only_told_) return Error{code, std::move(text)};
    put(Verdict::error, pointer, std::move(text), true);
    return {};
  }

  Result<void> check_version() {
    if (!manifest_.is_object()) {
      return Error{Errc::invalid, "a declarative agent's manifest is an object"};
    }
    const std::string version = string_at(manifest_, "version");
    if (version.empty()) {
      minor_ = kDeclarativeMinorMax;
      return wrong_head(Errc::invalid, "/version",
                        "a declarative agent's manifest has a \"version\", such as v1.8");
    }
    minor_ = minor_version(version, 1);
    out_.agent.version = version;
    if (minor_ < 0) {
      minor_ = kDeclarativeMinorMax;
      return wrong_head(Errc::unsupported, "/version",
                        "the declarative agent's version \"" + shorten(printable(version), 40) +
                            "\" is not known; v1.0 to v1.8 are");
    }
    if (minor_ > kDeclarativeMinorMax) {
      put(Verdict::differently, "/version",
          "is newer than v1.8: read as v1.8, what is new in it has no effect");
    } else if (minor_ == 1 || !version.starts_with("v")) {
      put(Verdict::differently, "/version",
          "\"" + version + "\" was never published; read as the next one", true);
    }
    return {};
  }

  void read_capabilities() {
    const Json& list = member_at(manifest_, "capabilities");
    if (!list.is_array()) return;
    for (std::size_t i = 0; i < list.size(); ++i) {
      const std::string where = "/capabilities/" + std::to_string(i);
      const std::string name = string_at(list[i], "name");
      const int since = capability_since(name);
      if (since < 0) {
        put(Verdict::not_honoured, where,
            "there is no capability '" + shorten(printable(name), 60) + "'" +
                did_you_mean(name, capability_names()),
            true);
        continue;
      }
      if (since > minor_) {
        put(Verdict::differently, where,
            name + " is there from version 1." + std::to_string(since) + " on (this is 1." +
                std::to_string(minor_) + "); used all the same",
            true);
      }
      if (out_.agent.find(name) != nullptr) {
        put(Verdict::not_honoured, where, name + " is there twice; the first one counts", true);
        continue;
      }
      check_shape(declarative_shape(), "capability " + name, list[i], where, minor_, out_.findings);
      out_.agent.capabilities.push_back(DeclarativeCapability{name, list[i], where});
    }
  }

  void read_starters() {
    const Json& list = member_at(manifest_, "conversation_starters");
    for (std::size_t i = 0; list.is_array() && i < list.size(); ++i) {
      const std::string missing = missing_of(list[i]);
      if (!missing.empty()) {
        put(Verdict::honoured, "/conversation_starters/" + std::to_string(i) + "/depends_on",
            "the agent has no '" + shorten(printable(missing), 60) + "', so this is not shown");
        continue;
      }
      ConversationStarter starter{string_at(list[i], "title"), string_at(list[i], "text")};
      if (!trim(starter.text).empty()) out_.agent.starters.push_back(std::move(starter));
    }
  }

  // The first capability that a starter depends on and the manifest has not.
  std::string missing_of(const Json& starter) const {
    for (const Json& each : member_at(starter, "depends_on")) {
      if (string_at(each, "name") != "capabilities") continue;
      std::string id = string_at(each, "id");
      if (!id.empty() && out_.agent.find(id) == nullptr) return id;
    }
    return {};
  }

  void read_skills() {
    const Json& list = member_at(manifest_, "agent_skills");
    for (std::size_t i = 0; list.is_array() && i < list.size(); ++i) {
      const std::string folder = string_at(list[i], "folder");
      const std::string where = "/agent_skills/" + std::to_string(i) + "/folder";
      if (!folder.empty()) out_.agent.skills.push_back(SkillFolder{folder, where});
    }
  }

  void read_actions() {
    const Json& list = member_at(manifest_, "actions");
    if (!list.is_array()) return;
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < list.size(); ++i) {
      DeclarativeAction action;
      action.pointer = "/actions/" + std::to_string(i);
      action.id = string_at(list[i], "id");
      if (list[i].is_object() && list[i].contains("schema_version")) {
        action.manifest = list[i];
        if (action.id.empty()) action.id = "action_" + std::to_string(i + 1);
      } else {
        check_shape(declarative_shape(), "action file", list[i], action.pointer, minor_,
                    out_.findings);
        action.file = string_at(list[i], "file");
        if (action.file.empty()) continue;
        if (action.id.empty()) action.id = "action_" + std::to_string(i + 1);
      }
      if (std::find(ids.begin(), ids.end(), action.id) != ids.end()) {
        put(Verdict::differently, action.pointer,
            "another action has the id '" + shorten(printable(action.id), 60) + "'", true);
      }
      ids.push_back(action.id);
      out_.agent.actions.push_back(std::move(action));
    }
  }

  void read_behavior() {
    const Json& behavior = member_at(manifest_, "behavior_overrides");
    out_.agent.suggestions = !bool_at(member_at(behavior, "suggestions"), "disabled");
    out_.agent.discourage_model_knowledge =
        bool_at(member_at(behavior, "special_instructions"), "discourage_model_knowledge");
    const std::string mode = string_at(behavior, "default_response_mode");
    if (mode == "Quick response") out_.agent.mode = ResponseMode::quick;
    if (mode == "Think deeper") out_.agent.mode = ResponseMode::deep;
  }

  void read_workers() {
    const Json& list = member_at(manifest_, "worker_agents");
    for (std::size_t i = 0; list.is_array() && i < list.size(); ++i) {
      const Json& each = list[i];
      if (const std::string id = string_at(each, "id"); !id.empty()) {
        out_.agent.worker_ids.push_back(id);
        put(Verdict::differently, "/worker_agents/" + std::to_string(i) + "/id",
            "an agent of the project with this id or name may be handed tasks; Microsoft's own "
            "are not reached");
      }
      if (const std::string file = string_at(each, "file"); !file.empty()) {
        out_.agent.worker_files.push_back(file);
      }
    }
  }

  void read_answers() {
    const Json& editorial = member_at(manifest_, "editorial_answers");
    for (const Json& each : member_at(editorial, "answers")) {
      EditorialAnswer answer{string_at(each, "question"), string_at(each, "answer")};
      if (!answer.question.empty() && !answer.answer.empty()) {
        out_.agent.answers.push_back(std::move(answer));
      }
    }
    if (editorial.contains("url")) {
      put(Verdict::not_honoured, "/editorial_answers/url",
          "answers at an address are not fetched; write them as \"answers\"");
    }
  }

  // Of each member that is there and right.
  void tell_what_becomes() {
    const DeclarativeAgent& agent = out_.agent;
    if (!agent.instructions.empty()) {
      put(Verdict::honoured, "/instructions", "what the model is told first");
    }
    if (!agent.starters.empty()) {
      put(Verdict::honoured, "/conversation_starters", "shown where a conversation begins");
    }
    if (!agent.disclaimer.empty()) {
      put(Verdict::honoured, "/disclaimer", "shown where a conversation begins");
    }
    if (agent.discourage_model_knowledge) {
      put(Verdict::differently, "/behavior_overrides/special_instructions",
          "said in the instructions");
    }
    if (agent.mode != ResponseMode::automatic) {
      put(Verdict::differently, "/behavior_overrides/default_response_mode",
          std::string("the model is asked for ") +
              (agent.mode == ResponseMode::quick ? "low" : "high") + " reasoning effort");
    }
    if (member_at(manifest_, "behavior_overrides").contains("suggestions")) {
      put(agent.suggestions ? Verdict::not_honoured : Verdict::honoured,
          "/behavior_overrides/suggestions", "nothing suggests what to ask next here");
    }
    if (!agent.sensitivity_label.empty()) {
      put(Verdict::not_honoured, "/sensitivity_label", "Purview's labels are not known here");
    }
    if (manifest_.contains("user_overrides")) {
      put(Verdict::not_honoured, "/user_overrides",
          "users take no capability away here; an operator's [policy] may");
    }
    if (!agent.answers.empty()) {
      put(Verdict::differently, "/editorial_answers/answers",
          "the model is told them and picks; no similarity is measured");
    }
  }

  const Json& manifest_;
  const bool only_told_;
  int minor_ = 0;
  DeclarativeReading out_;
};

}  // namespace

const DeclarativeCapability* DeclarativeAgent::find(std::string_view capability) const {
  const auto found =
      std::find_if(capabilities.begin(), capabilities.end(),
                   [&](const DeclarativeCapability& each) { return each.name == capability; });
  return found == capabilities.end() ? nullptr : &*found;
}

bool is_declarative_agent(const Json& document) {
  if (!document.is_object()) return false;
  for (const char* other : {"schema_version", "manifestVersion", "openapi", "swagger", "paths"}) {
    if (document.contains(other)) return false;
  }
  if (string_at(document, "$schema").find("declarative-agent") != std::string::npos) return true;
  return document.contains("version") && document.contains("name") &&
         (document.contains("instructions") || document.contains("conversation_starters") ||
          document.contains("actions") || document.contains("capabilities"));
}

Result<DeclarativeReading> read_declarative_agent(const Json& manifest, bool only_told) {
  return DeclarativeReader(manifest, only_told).read();
}

}  // namespace yoke
