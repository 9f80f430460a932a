#include "agents/declarative/declarative_shape.h"

#include <array>
#include <utility>

namespace yoke {
namespace {

constexpr auto kMembers = std::to_array<ShapeMember>({
    {"agent", "$schema", "text"},
    {"agent", "version", "text", 1, 0, true},
    {"agent", "id", "text"},
    {"agent", "name", "text", 1, 100, true},
    {"agent", "description", "text", 1, 1000, true},
    {"agent", "instructions", "text", 1, 8000},
    {"agent", "capabilities", "list"},
    {"agent", "conversation_starters", "list:starter", 1, 12},
    {"agent", "actions", "list", 1, 10},
    {"agent", "behavior_overrides", "object:behavior", 0, 0, false, 4},
    {"agent", "disclaimer", "object:disclaimer", 0, 0, false, 4},
    {"agent", "sensitivity_label", "object:label", 0, 0, false, 6},
    {"agent", "worker_agents", "list:worker", 0, 0, false, 6},
    {"agent", "user_overrides", "list:override", 0, 0, false, 6},
    {"agent", "editorial_answers", "object:editorial", 0, 0, false, 7},
    {"agent", "agent_skills", "list:skill", 0, 0, false, 7},

    {"starter", "text", "text", 1, 0, true},
    {"starter", "title", "text", 1},
    {"starter", "depends_on", "list:dependency", 0, 0, false, 7},
    {"dependency", "name", "text", 1, 0, true},
    {"dependency", "id", "text", 1, 0, true},
    {"skill", "folder", "path", 1, 0, true},
    {"skill", "expose_skill_to_copilot", "flag"},

    {"behavior", "suggestions", "object:suggestions"},
    {"behavior", "special_instructions", "object:special"},
    {"behavior", "default_response_mode", "text", 1, 0, false, 7,
     "Auto|Quick response|Think deeper"},
    {"suggestions", "disabled", "flag", 0, 0, true},
    {"special", "discourage_model_knowledge", "flag", 0, 0, true},
    {"disclaimer", "text", "text", 1, 500, true},
    {"label", "id", "text", 1, 0, true},
    {"worker", "id", "text", 1},
    {"worker", "file", "path", 1, 0, false, 8},
    {"override", "path", "text", 1, 0, true},
    {"override", "allowed_actions", "texts", 0, 0, true, 0, "remove"},
    {"editorial", "url", "url", 1},
    {"editorial", "answers", "list:answer", 0, 300},
    {"answer", "question", "text", 1, 0, true},
    {"answer", "answer", "text", 1, 0, true},
    {"answer", "similarity_thresholds", "object:thresholds"},
    {"thresholds", "min", "number", 0, 0, true},
    {"thresholds", "max", "number", 0, 0, true},

    {"capability WebSearch", "name", "text", 1, 0, true},
    {"capability WebSearch", "sites", "list:site", 1, 4, false, 2},
    {"site", "url", "url", 1, 0, true},
    {"capability OneDriveAndSharePoint", "name", "text", 1, 0, true},
    {"capability OneDriveAndSharePoint", "items_by_sharepoint_ids", "list:ids", 1},
    {"capability OneDriveAndSharePoint", "items_by_url", "list:item", 1},
    {"ids", "site_id", "text"},
    {"ids", "web_id", "text"},
    {"ids", "list_id", "text"},
    {"ids", "unique_id", "text"},
    {"ids", "part_id", "text", 0, 0, false, 4},
    {"ids", "part_type", "text", 0, 0, false, 4, "OneNotePart"},
    {"ids", "search_associated_sites", "flag", 0, 0, false, 3},
    {"item", "url", "url", 1},
    {"capability GraphConnectors", "name", "text", 1, 0, true},
    {"capability GraphConnectors", "connections", "list:connection", 1},
    {"connection", "connection_id", "text", 1, 0, true},
    {"connection", "additional_search_terms", "text", 0, 0, false, 4},
    {"connection", "items_by_external_url", "list:item", 0, 0, false, 4},
    {"connection", "items_by_external_id", "list:external", 0, 0, false, 4},
    {"connection", "items_by_path", "list:path item", 0, 0, false, 4},
    {"connection", "items_by_container_name", "list:container", 0, 0, false, 4},
    {"connection", "items_by_container_url", "list:container address", 0, 0, false, 4},
    {"external", "item_id", "text", 1, 0, true},
    {"path item", "path", "text", 1, 0, true},
    {"container", "container_name", "text", 1, 0, true},
    {"container address", "container_url", "text", 1, 0, true},
    {"capability GraphicArt", "name", "text", 1, 0, true},
    {"capability CodeInterpreter", "name", "text", 1, 0, true},
    {"capability Dataverse", "name", "text", 1, 0, true},
    {"capability Dataverse", "knowledge_sources", "list:dataverse"},
    {"dataverse", "host_name", "text"},
    {"dataverse", "skill", "text"},
    {"dataverse", "tables", "list:table"},
    {"table", "table_name", "text"},
    {"capability TeamsMessages", "name", "text", 1, 0, true},
    {"capability TeamsMessages", "urls", "list:item", 0, 5},
    {"capability Email", "name", "text", 1, 0, true},
    {"capability Email", "folders", "list:folder", 0, 0, false, 4},
    {"capability Email", "shared_mailbox", "text", 0, 0, false, 4},
    {"capability Email", "group_mailboxes", "texts", 0, 25, false, 5},
    {"folder", "folder_id", "text", 1, 0, true},
    {"capability EmailActions", "name", "text", 1, 0, true},
    {"capability People", "name", "text", 1, 0, true},
    {"capability People", "include_related_content", "flag", 0, 0, false, 6},
    {"capability ScenarioModels", "name", "text", 1, 0, true},
    {"capability ScenarioModels", "models", "list:scenario"},
    {"scenario", "id", "text", 1, 0, true},
    {"capability Meetings", "name", "text", 1, 0, true},
    {"capability Meetings", "items_by_id", "list:meeting", 0, 0, false, 6},
    {"meeting", "id", "text", 1, 0, true},
    {"meeting", "is_series", "flag", 0, 0, true},
    {"capability MeetingActions", "name", "text", 1, 0, true},
    {"capability EmbeddedKnowledge", "name", "text", 1, 0, true},
    {"capability EmbeddedKnowledge", "embedded_resource_snapshot_id", "text"},
    {"capability EmbeddedKnowledge", "files", "list:file", 0, 10},
    {"file", "file", "path", 1, 0, true},

    {"action file", "id", "text", 1, 0, true},
    {"action file", "file", "path", 1, 0, true},
});

using CapabilityRow = std::pair<std::string_view, int>;
constexpr auto kCapabilities = std::to_array<CapabilityRow>({
    {"WebSearch", 0},
    {"OneDriveAndSharePoint", 0},
    {"GraphConnectors", 0},
    {"GraphicArt", 2},
    {"CodeInterpreter", 2},
    {"Dataverse", 3},
    {"TeamsMessages", 3},
    {"Email", 3},
    {"People", 3},
    {"ScenarioModels", 4},
    {"Meetings", 5},
    {"EmbeddedKnowledge", 6},
    {"EmailActions", 8},
    {"MeetingActions", 8},
});

}  // namespace

Shape declarative_shape() { return kMembers; }

int capability_since(std::string_view name) {
  for (const auto& [known, since] : kCapabilities) {
    if (known == name) return since;
  }
  return -1;
}

std::vector<std::string> capability_names() {
  std::vector<std::string> names;
  for (const auto& [name, since] : kCapabilities) names.emplace_back(name);
  return names;
}

}  // namespace yoke
