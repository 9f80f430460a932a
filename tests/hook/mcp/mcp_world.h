#pragma once

#include <memory>
#include <string>

#include "hosts/hook/mcp/mcp.h"
#include "tests/hook/hook_world.h"

namespace yoke::testing {

// The project of HookWorld behind /mcp, with a workflow "ask" that asks its client, one "person"
// that asks a person, one "nap" that sleeps, the tools words.* and door.*, and a prompt "brief".
class McpWorld : public HookWorld {
 public:
  explicit McpWorld(const std::string& more_config = "");
  ~McpWorld();

  // A request of the modern era, with headers that say what it says.
  HttpResponse modern(const std::string& method, Json params, const Json& can = Json::object(),
                      HttpHeaders more = {});
  // Its result; throws with the error.
  Json result(const std::string& method, Json params, const Json& can = Json::object());
  // Its error's code; 0: it has none.
  int code(const std::string& method, Json params, const Json& can = Json::object());

  // A legacy client's message, in a session unless that is empty.
  HttpResponse legacy(const Json& message, const std::string& session);
  std::string handshake(const Json& can = Json::object());  // the session's id

  void as(const std::string& tenant, const std::string& name);  // who asks from now on
  RunRow row(const std::string& run_id);

 private:
  struct Held {
    std::unique_ptr<McpEndpoint> mcp;
  };
  McpWorld(std::shared_ptr<Held> held, const std::string& more_config);

  std::shared_ptr<Held> held_;  // by this and, while it is built, by what adds the endpoints
  int count_ = 0;
};

// The message in a reply, of JSON or of a stream: the one with that id.
Json message_in(const HttpResponse& response, const Json& id);
std::string text_of_result(const Json& result);
Json call_of(const std::string& tool, const Json& args = Json::object());

}  // namespace yoke::testing
