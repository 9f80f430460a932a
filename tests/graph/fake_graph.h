#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "runtime/base/json.h"
#include "tests/graph/fake_kql.h"
#include "tests/support/mock_socket.h"

namespace yoke::testing {

// What a search finds, and for which kind of thing.
struct FakeHit {
  std::string kind;  // "driveItem", "listItem", "chatMessage", "externalItem"
  FakeIndexed indexed;
  Json hit;  // as the service tells it, without its rank
};

// A file as drives have it.
struct FakeFile {
  std::string drive;
  std::string item;
  Json resource;  // what a GET of it gives
  std::string content;
};

// Microsoft Graph v1.0 on loopback, as far as agents read it, and as strict as Microsoft is: about
// tokens and their permissions, paths, query options, headers and bodies. What it is asked and
// would refuse stands in `problems` as well. Set up before it is first asked.
class FakeGraph {
 public:
  FakeGraph();

  std::string base_url() const { return origin() + "/v1.0"; }
  std::string origin() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }

  // Tokens that are let in, with their permissions; one that has expired has "expired".
  std::map<std::string, std::set<std::string>> tokens;
  std::function<bool(const std::string& token)> lets_in;  // beside those, with every permission
  int waits = 0;                                          // so many requests are told to wait
  std::string retry_after = "0";
  bool ignores_filters = false;  // a search finds what lies outside of its path and ids too
  std::string next_link_origin;  // where the next page is said to be; empty: here

  std::vector<FakeHit> index;
  std::vector<FakeFile> files;
  std::map<std::string, std::string> drives;  // id -> webUrl
  Json people = Json::array();
  Json users = Json::array();
  std::map<std::string, std::string> managers;             // of a user -> another
  std::map<std::string, std::vector<Json>> mail;           // "me/inbox", "help@contoso.com/inbox"
  std::map<std::string, std::vector<Json>> conversations;  // "chats/ID", "teams/T/channels/C"
  std::vector<Json> events;

  std::vector<std::string> problems() const;
  std::vector<std::string> asked() const;  // "GET /me/people", queries left out
  std::vector<Json> searches() const;      // bodies
  int downloads() const;

 private:
  struct Asked {
    std::string method;
    std::string path;  // below /v1.0, decoded segment by segment
    std::vector<std::string> parts;
    std::map<std::string, std::string> query;
    std::map<std::string, std::string> headers;
    std::string body;
  };
  struct Reply {
    int status = 200;
    Json body = Json::object();
    std::string headers = {};
    std::string bytes = {};  // instead of the body
  };

  Reply answer(const MockRequest& request);
  Reply route(const Asked& asked, const std::set<std::string>& permissions);
  Reply search(const Asked& asked, const std::set<std::string>& permissions);
  Reply drive(const Asked& asked);
  Reply list_people(const Asked& asked);
  Reply list_users(const Asked& asked);
  Reply user(const Asked& asked);
  Reply messages(const Asked& asked, const std::string& mailbox, std::size_t from);
  Reply conversation(const Asked& asked);
  Reply calendar(const Asked& asked);
  Reply event(const Asked& asked);
  Reply refused(int status, const std::string& code, const std::string& message);
  Reply wrong(const std::string& what);  // 400, and a problem
  bool takes(const Asked& asked, std::set<std::string> options, Reply& refusal);
  Reply needs(std::set<std::string> any, const std::set<std::string>& permissions, Reply reply);

  mutable std::mutex mutex_;
  std::vector<std::string> problems_;
  std::vector<std::string> asked_;
  std::vector<Json> searches_;
  int downloads_ = 0;
  MockServer storage_;  // where files are kept
  MockServer server_;   // last: their threads use what is above
};

}  // namespace yoke::testing
