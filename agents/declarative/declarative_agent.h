#pragma once

#include <string>
#include <vector>

#include "agents/declarative/manifest_shape.h"

namespace yoke {

struct ConversationStarter {
  std::string title;  // may be empty
  std::string text;
};

struct DeclarativeCapability {
  std::string name;  // one that is known here, each once
  Json fields;       // the whole object
  std::string pointer;
};

// A plugin that an agent uses: a file of its package, or a manifest that stands in the agent's.
struct DeclarativeAction {
  std::string id;
  std::string file;         // relative to the agent's manifest; empty: `manifest`
  Json manifest = nullptr;  // of an inlined one
  std::string pointer;
};

struct EditorialAnswer {
  std::string question;
  std::string answer;
};

// A skill (agentskills.io) that lies in the agent's package.
struct SkillFolder {
  std::string folder;   // relative to the manifest
  std::string pointer;  // in the manifest
};

enum class ResponseMode : std::uint8_t { automatic, quick, deep };

// A Microsoft 365 Copilot declarative agent, manifest versions 1.0 to 1.8. Plain data.
struct DeclarativeAgent {
  std::string version;  // "v1.8"
  std::string id;
  std::string name;
  std::string description;
  std::string instructions;
  std::vector<DeclarativeCapability> capabilities;
  std::vector<ConversationStarter> starters;
  std::vector<DeclarativeAction> actions;
  bool suggestions = true;
  bool discourage_model_knowledge = false;
  ResponseMode mode = ResponseMode::automatic;
  std::string disclaimer;
  std::string sensitivity_label;
  std::vector<std::string> worker_ids;    // ids of other agents
  std::vector<std::string> worker_files;  // relative to this manifest
  std::vector<EditorialAnswer> answers;
  std::vector<SkillFolder> skills;

  const DeclarativeCapability* find(std::string_view capability) const;  // null: it has it not
};

struct DeclarativeReading {
  DeclarativeAgent agent;
  AgentFindings findings;  // of what needs no look at anything else
};

// Whether a document is meant to be such a manifest, well or not.
bool is_declarative_agent(const Json& document);

// The manifest as a value. Its texts are expanded already: $[file('…')], ${{NAME}} and [[key]] are
// for whoever reads the files. What is wrong in it is a finding, and left out where it cannot be
// used. Errors: invalid: no object, no name, no version; unsupported: another major version.
// `only_told`: it is not to be run, and a wrong name or version is a finding like others.
Result<DeclarativeReading> read_declarative_agent(const Json& manifest, bool only_told = false);

}  // namespace yoke
