#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/ports/tool.h"
#include "tools/graph/graph_services.h"

namespace yoke {

// What tools over Microsoft Graph are kept to. Nothing outside of it is returned, whatever a model
// asks for and whatever the service finds.

// Of OneDrive and SharePoint. Without places and ids: all that whoever signed in may read.
struct GraphFiles {
  struct Ids {         // each a GUID as normal_guid() has it, or empty: any
    std::string site;  // site collection
    std::string web;
    std::string list;    // library
    std::string unique;  // a file, or a folder with all below it
  };
  std::vector<std::string> places = {};  // as file_place() has them
  std::vector<Ids> ids = {};

  bool is_limited() const { return !places.empty() || !ids.empty(); }
};

// Of mailboxes.
struct GraphMail {
  std::vector<std::string> mailboxes = {};  // addresses; empty: of whoever signed in
  std::vector<std::string> folders = {};    // names that are well known, or ids; empty: all
};

// Of Teams. Without chats, channels and teams: all that whoever signed in takes part in.
struct GraphTeams {
  struct Channel {
    std::string team;  // its group's id
    std::string channel;
  };
  std::vector<std::string> chats = {};  // "19:…@thread.v2"
  std::vector<Channel> channels = {};
  std::vector<std::string> teams = {};

  bool is_limited() const { return !chats.empty() || !channels.empty() || !teams.empty(); }
};
// Takes what a Teams address leads to. Errors: unsupported: it leads to no chat, channel or team.
Result<void> add_teams_place(GraphTeams& teams, const std::string& url);

// Of the calendar of whoever signed in.
struct GraphMeetings {
  struct Meeting {
    std::string id;  // an event's id, or its iCalendar (global object) id
    bool is_series = false;
  };
  std::vector<Meeting> meetings = {};  // none: all
};

// Of what connectors brought into the organisation's search.
struct GraphConnections {
  struct Connection {
    std::string id;     // "*": all
    std::string terms;  // KQL that its items have to fit as well; may be empty
  };
  std::vector<Connection> connections = {};
};

// What an agent was given of Microsoft Graph.
struct GraphGrant {
  std::optional<GraphFiles> files = {};
  bool people = false;
  std::optional<GraphMail> mail = {};
  std::optional<GraphTeams> teams = {};
  std::optional<GraphMeetings> meetings = {};
  std::optional<GraphConnections> connections = {};

  bool empty() const { return !files && !people && !mail && !teams && !meetings && !connections; }
};

// The permissions that a sign-in needs for a capability, by the name that manifests give it
// ("Email"), the least of those that Microsoft's reference lists. None: it is not here.
std::vector<std::string> graph_permissions(const std::string& capability);
std::vector<std::string> graph_capabilities();  // those that are here

// The tools: graph:files.search and graph:files.read, graph:people.search … All only read.
std::vector<std::unique_ptr<Tool>> make_graph_tools(const GraphGrant& grant,
                                                    std::shared_ptr<const GraphServices> services);

}  // namespace yoke
