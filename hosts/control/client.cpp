#include "hosts/control/client.h"

#include <fcntl.h>
#include <httplib.h>
#include <unistd.h>

#include <filesystem>

#include "hosts/cli/support.h"
#include "hosts/control/socket_path.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

// The socket's folder held open: its path may be longer than a socket address can say.
class Folder {
 public:
  explicit Folder(const std::string& path)
      : fd_(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {}
  ~Folder() {
    if (fd_ >= 0) ::close(fd_);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  bool is_open() const { return fd_ >= 0; }
  std::string path_of(const std::string& name) const {
    return "/proc/self/fd/" + std::to_string(fd_) + "/" + name;
  }

 private:
  int fd_;
};

struct Reply {
  int status = 0;
  Json body;
};

std::optional<Reply> post(const CommonOptions& common, const std::string& path, const Json& body) {
  ConfigPlace place;
  place.file = common.config;
  place.store_url = common.store;
  const Result<Config> config = load_config(place);
  if (!config) return std::nullopt;
  const std::filesystem::path socket = control_socket_of(*config);
  if (socket.empty()) return std::nullopt;
  const Folder folder(socket.parent_path().string());
  if (!folder.is_open()) return std::nullopt;
  httplib::Client client(folder.path_of(socket.filename().string()));
  client.set_address_family(AF_UNIX);
  client.set_connection_timeout(2);
  client.set_read_timeout(30);
  httplib::Headers headers = {{"Host", "localhost"}};
  const httplib::Result result = client.Post(path, headers, to_text(body), "application/json");
  if (!result) return std::nullopt;
  Reply reply;
  reply.status = result->status;
  const Result<Json> parsed = parse_json(result->body);
  if (parsed) reply.body = *parsed;
  return reply;
}

int report(Terminal& terminal, const Reply& reply, const std::string& done) {
  if (reply.status >= 200 && reply.status < 300) {
    terminal.line(done);
    return kExitCompleted;
  }
  terminal.line("yoke: " + printable(string_at(reply.body, "detail", "the running yoke refused")));
  return kExitFailed;
}

}  // namespace

std::optional<int> answer_over_socket(const CommonOptions& common, Terminal& terminal,
                                      const RunsOptions& options) {
  const Result<Json> parsed = parse_json(options.value);
  Json body{{"question", options.question}, {"by", user_name()}};
  body["value"] = parsed && !parsed->is_string() ? *parsed : Json(options.value);
  const std::optional<Reply> reply = post(common, "/v1/runs/" + options.id + "/answers", body);
  if (!reply) return std::nullopt;
  return report(terminal, *reply, "answered");
}

std::optional<int> cancel_over_socket(const CommonOptions& common, Terminal& terminal,
                                      const RunsOptions& options) {
  const Json body{{"by", user_name()}};
  const std::optional<Reply> reply = post(common, "/v1/runs/" + options.id + "/cancel", body);
  if (!reply) return std::nullopt;
  return report(terminal, *reply, "cancelled");
}

std::optional<int> start_over_socket(const CommonOptions& common, Terminal& terminal,
                                     const Json& body) {
  const std::optional<Reply> reply = post(common, "/v1/runs", body);
  if (!reply) return std::nullopt;
  if (reply->status == 201) terminal.out(string_at(reply->body, "run") + "\n");
  return report(terminal, *reply, "handed over");
}

}  // namespace yoke
