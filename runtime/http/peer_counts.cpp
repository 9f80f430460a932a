#include "runtime/http/peer_counts.h"

namespace yoke {
namespace {

constexpr std::size_t kNetworkBytes = 8;

std::string key_of(const boost::asio::ip::address& peer) {
  if (peer.is_v4()) {
    const auto bytes = peer.to_v4().to_bytes();
    return {bytes.begin(), bytes.end()};
  }
  const auto bytes = peer.to_v6().to_bytes();
  return {bytes.begin(), bytes.begin() + kNetworkBytes};
}

}  // namespace

boost::asio::ip::address unmapped(const boost::asio::ip::address& address) {
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6());
}

bool PeerCounts::is_counted(const boost::asio::ip::address& peer) const {
  return !peer.is_unspecified() && (rule_.count_loopback || !peer.is_loopback());
}

bool PeerCounts::add(const boost::asio::ip::address& peer) {
  if (!is_counted(peer)) return true;
  std::size_t& count = counts_[key_of(peer)];
  if (count >= rule_.each_max) {
    if (count == 0) counts_.erase(key_of(peer));
    return false;
  }
  count += 1;
  return true;
}

void PeerCounts::remove(const boost::asio::ip::address& peer) {
  if (!is_counted(peer)) return;
  const auto found = counts_.find(key_of(peer));
  if (found == counts_.end()) return;
  found->second -= 1;
  if (found->second == 0) counts_.erase(found);
}

}  // namespace yoke
