#include "tests/interop/peer.h"

#include <filesystem>
#include <stdexcept>

#include "tests/interop/aimock.h"

namespace yoke::testing {
namespace {

const std::string kPeersFolder = YOKE_PEERS;  // where dev/peers puts them

ProcessOptions options_of(const std::string& script, const std::vector<std::string>& args) {
  ProcessOptions options;
  options.args = {std::string(YOKE_INTEROP) + "/" + script, kPeersFolder};
  options.args.insert(options.args.end(), args.begin(), args.end());
  options.talks = true;  // it ends when its input does
  return options;
}

}  // namespace

std::string node_for(const std::string& package) {
  if (!std::filesystem::exists(kPeersFolder + "/node_modules/" + package)) {
    throw std::runtime_error("the peers of tests/interop are not there: dev/peers installs them");
  }
  return node_program();
}

Peer::Peer(const std::string& script, const std::string& package,
           const std::vector<std::string>& args)
    : process_(node_for(package), options_of(script, args)) {}

Json Peer::next() {
  const std::optional<std::string> line = process_.line();
  if (!line) throw std::runtime_error("the peer has ended: " + process_.wait().err);
  return parse_json(*line).value();
}

}  // namespace yoke::testing
