#include "hosts/packages/graph_capabilities.h"

#include <algorithm>
#include <array>

#include "runtime/base/text.h"
#include "tools/graph/graph_words.h"

namespace yoke {
namespace {

using GraphVerdict = AgentFinding::Verdict;

std::string counted_things(std::size_t count, const std::string& one, const std::string& more) {
  return std::to_string(count) + " " + (count == 1 ? one : more);
}

class GraphMapper {
 public:
  GraphMapper(const Json& fields, GraphGrant& grant) : fields_(fields), grant_(grant) {}

  GraphMapping map(const std::string& name) {
    if (name == "OneDriveAndSharePoint") map_files();
    if (name == "People") map_people();
    if (name == "Email") map_mail();
    if (name == "TeamsMessages") map_teams();
    if (name == "Meetings") map_meetings();
    if (name == "GraphConnectors") map_connectors();
    return std::move(out_);
  }

 private:
  void differ(GraphVerdict verdict, const std::string& below, std::string text) {
    out_.differences.push_back(AgentFinding{verdict, below, std::move(text), false});
  }
  void here(std::string text) {
    out_.is_here = true;
    out_.text = std::move(text);
  }

  // Each element of a list, with its pointer below the capability.
  template <typename Each>
  void each_of(const char* list, const Each& each) const {
    const Json& items = member_at(fields_, list);
    for (std::size_t i = 0; items.is_array() && i < items.size(); ++i) {
      each(items[i], std::string("/") + list + "/" + std::to_string(i));
    }
  }
  bool names(const char* list) const { return member_at(fields_, list).is_array(); }

  void map_files() {
    GraphFiles files;
    each_of("items_by_url", [&](const Json& item, const std::string& below) {
      Result<std::string> place = file_place(string_at(item, "url"));
      if (place) files.places.push_back(std::move(*place));
      if (!place)
        differ(GraphVerdict::not_honoured, below, place.error().detail + ": it is left out");
    });
    each_of("items_by_sharepoint_ids",
            [&](const Json& item, const std::string& below) { take_ids(files, item, below); });
    const bool keeps = names("items_by_url") || names("items_by_sharepoint_ids");
    if (keeps && !files.is_limited()) {
      out_.text = "is not available: none of the places that it names can be kept to";
      return;
    }
    const std::size_t count = files.places.size() + files.ids.size();
    here("graph:files.search and graph:files.read ask Microsoft Graph" +
         (files.is_limited() ? ", in " + counted_things(count, "place", "places") + " alone"
                             : std::string()));
    grant_.files = std::move(files);
  }

  void take_ids(GraphFiles& files, const Json& item, const std::string& below) {
    GraphFiles::Ids ids;
    bool is_whole = true;
    bool is_any = false;
    const auto take = [&](std::string& into, const char* key) {
      const std::string text = string_at(item, key);
      if (text.empty()) return;
      into = normal_guid(text);
      is_any = true;
      is_whole = is_whole && !into.empty();
    };
    take(ids.site, "site_id");
    take(ids.web, "web_id");
    take(ids.list, "list_id");
    take(ids.unique, "unique_id");
    if (!is_whole || !is_any) {
      differ(GraphVerdict::not_honoured, below,
             "has an id that is no GUID, or none: it is left out");
      return;
    }
    if (item.contains("part_id")) {
      differ(GraphVerdict::not_honoured, below,
             "a part of a file cannot be kept to: it is left out");
      return;
    }
    if (bool_at(item, "search_associated_sites")) {
      differ(GraphVerdict::not_honoured, below + "/search_associated_sites",
             "the sites of the hub are not searched, this one is");
    }
    files.ids.push_back(std::move(ids));
  }

  void map_people() {
    here("graph:people.search and graph:people.read ask Microsoft Graph");
    grant_.people = true;
    if (bool_at(fields_, "include_related_content")) {
      differ(GraphVerdict::not_honoured, "/include_related_content",
             "what is shared with a person is not told; Email and the others find it");
    }
  }

  void map_mail() {
    GraphMail mail;
    const std::string shared = string_at(fields_, "shared_mailbox");
    if (!shared.empty()) mail.mailboxes.push_back(shared);
    for (const Json& each : member_at(fields_, "group_mailboxes")) {
      if (each.is_string()) mail.mailboxes.push_back(each.get<std::string>());
    }
    if (names("group_mailboxes") && !member_at(fields_, "group_mailboxes").empty()) {
      differ(GraphVerdict::differently, "/group_mailboxes",
             "shared mailboxes are read; a Microsoft 365 group's conversations are not");
    }
    each_of("folders", [&](const Json& folder, const std::string&) {
      const std::string id = string_at(folder, "folder_id");
      if (!id.empty()) mail.folders.push_back(id);
    });
    if (names("folders") && mail.folders.empty()) {
      out_.text = "is not available: it names folders, and none that has an id";
      return;
    }
    here("graph:email.search and graph:email.read ask Microsoft Graph" +
         (mail.mailboxes.empty() ? std::string() : ", in " + join(mail.mailboxes, ", ")) +
         (mail.folders.empty()
              ? std::string()
              : ", in " + counted_things(mail.folders.size(), "folder", "folders") + " alone"));
    grant_.mail = std::move(mail);
  }

  void map_teams() {
    GraphTeams teams;
    each_of("urls", [&](const Json& item, const std::string& below) {
      const Result<void> taken = add_teams_place(teams, string_at(item, "url"));
      if (!taken)
        differ(GraphVerdict::not_honoured, below, taken.error().detail + ": it is left out");
    });
    if (names("urls") && !teams.is_limited()) {
      out_.text = "is not available: none of the addresses that it names can be kept to";
      return;
    }
    const std::size_t count = teams.chats.size() + teams.channels.size() + teams.teams.size();
    here("graph:teams.search and graph:teams.read ask Microsoft Graph" +
         (teams.is_limited()
              ? ", in " + counted_things(count, "conversation", "conversations") + " alone"
              : std::string()));
    grant_.teams = std::move(teams);
  }

  void map_meetings() {
    GraphMeetings meetings;
    each_of("items_by_id", [&](const Json& item, const std::string&) {
      const std::string id = string_at(item, "id");
      if (!id.empty()) meetings.meetings.push_back({id, bool_at(item, "is_series")});
    });
    if (names("items_by_id") && meetings.meetings.empty()) {
      out_.text = "is not available: it names meetings, and none that has an id";
      return;
    }
    here("graph:meetings.search and graph:meetings.read ask Microsoft Graph" +
         (meetings.meetings.empty()
              ? ", in the calendar of whoever signed in"
              : ", for " + counted_things(meetings.meetings.size(), "meeting", "meetings") +
                    " alone"));
    grant_.meetings = std::move(meetings);
  }

  void map_connectors() {
    GraphConnections connections;
    each_of("connections", [&](const Json& item, const std::string& below) {
      const std::string id = string_at(item, "connection_id");
      const bool plain = !id.empty() && std::all_of(id.begin(), id.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
      });
      if (!plain) {
        differ(GraphVerdict::not_honoured, below, "names no connection: it is left out");
        return;
      }
      constexpr auto kKept = std::to_array<const char*>(
          {"items_by_external_url", "items_by_external_id", "items_by_path",
           "items_by_container_name", "items_by_container_url"});
      for (const char* key : kKept) {
        if (!item.contains(key)) continue;
        differ(GraphVerdict::not_honoured, below + "/" + key,
               "single items cannot be kept to here: the connection " + id + " is left out");
        return;
      }
      connections.connections.push_back({id, string_at(item, "additional_search_terms")});
    });
    if (names("connections") && connections.connections.empty()) {
      out_.text = "is not available: none of the connections that it names can be kept to";
      return;
    }
    const std::size_t count = connections.connections.size();
    if (count == 0) connections.connections.push_back({"*", {}});
    here("graph:connectors.search asks Microsoft Graph" +
         (count == 0 ? std::string(", of all connections")
                     : ", of " + counted_things(count, "connection", "connections") + " alone"));
    grant_.connections = std::move(connections);
  }

  const Json& fields_;
  GraphGrant& grant_;
  GraphMapping out_;
};

}  // namespace

GraphMapping map_graph_capability(const DeclarativeCapability& capability, GraphGrant& grant) {
  return GraphMapper(capability.fields, grant).map(capability.name);
}

}  // namespace yoke
