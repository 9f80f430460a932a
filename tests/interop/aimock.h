#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/http_sender.h"
#include "models/router.h"
#include "runtime/base/time.h"
#include "runtime/http/client.h"
#include "runtime/loop/asio.h"
#include "tests/support/process.h"

namespace yoke::testing {

// Where dev/peers puts them, and the Node.js that came with them.
std::string peers_folder();
// Errors: std::runtime_error where there is none.
std::string node_program();

// The model servers of @copilotkit/aimock, which others wrote, on a port of their own. They answer
// as fixtures.json says.
//
// Errors: std::runtime_error where dev/peers has not installed them.
class Aimock {
 public:
  Aimock();

  int port() const { return port_; }

 private:
  Process process_;
  int port_ = 0;
};

// One vendor's protocol at aimock.
struct Endpoint {
  std::string preset;
  std::string path;      // below which aimock serves it
  std::string api = {};  // as of BackendSettings
};
// Of each wire, and of each address at which aimock serves one.
std::vector<Endpoint> endpoints();
std::string name_of(const Endpoint& endpoint);

// A conversation with one endpoint, over real sockets. `headers` go along with each request: with
// them aimock is told to misbehave.
class Talk {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  Talk(const Aimock& aimock, const Endpoint& endpoint, Headers headers = {});

  ModelOutcome say(std::string text, bool streams);
  // Says of each call in the reply that it gave this, and asks again.
  ModelOutcome answer_calls(const ModelReply& reply, const std::string& result, bool streams);
  EmbedOutcome embed(std::vector<std::string> texts);

  ModelRequest request;
  std::string streamed;  // the text, as it came

 private:
  ModelOutcome ask(bool streams);

  asio::io_context io_{1};
  HttpClient client_{io_.get_executor()};
  ClientSender sender_{client_};
  SystemRandom random_;
  SystemWallClock wall_;
  std::unique_ptr<Router> router_;
};

}  // namespace yoke::testing
