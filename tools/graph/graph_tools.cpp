#include "tools/graph/graph_tools.h"

#include <utility>

#include "tools/graph/tool_makers.h"

namespace yoke {
namespace {

using PermissionNames = std::vector<std::string>;

// Source: Microsoft Graph's reference of each request, of delegated permissions the least.
const std::vector<std::pair<std::string, PermissionNames>>& permission_table() {
  static const std::vector<std::pair<std::string, PermissionNames>> table = {
      {"OneDriveAndSharePoint", {"Files.Read.All", "Sites.Read.All"}},
      {"GraphConnectors", {"ExternalItem.Read.All"}},
      {"TeamsMessages", {"Chat.Read", "ChannelMessage.Read.All"}},
      {"Email", {"Mail.Read", "Mail.Read.Shared"}},
      {"People", {"People.Read", "User.Read.All"}},
      {"Meetings", {"Calendars.Read"}},
  };
  return table;
}

}  // namespace

std::vector<std::string> graph_permissions(const std::string& capability) {
  for (const auto& [name, permissions] : permission_table()) {
    if (name == capability) return permissions;
  }
  return {};
}

std::vector<std::string> graph_capabilities() {
  std::vector<std::string> names;
  for (const auto& [name, permissions] : permission_table()) names.push_back(name);
  return names;
}

std::vector<std::unique_ptr<Tool>> make_graph_tools(const GraphGrant& grant,
                                                    std::shared_ptr<const GraphServices> services) {
  GraphToolList tools;
  if (grant.files) add_file_tools(tools, *grant.files, services);
  if (grant.people) add_people_tools(tools, services);
  if (grant.mail) add_mail_tools(tools, *grant.mail, services);
  if (grant.teams) add_teams_tools(tools, *grant.teams, services);
  if (grant.meetings) add_meeting_tools(tools, *grant.meetings, services);
  if (grant.connections) add_connection_tools(tools, *grant.connections, services);
  return tools;
}

}  // namespace yoke
