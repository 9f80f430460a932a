#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstddef>
#include <string>
#include <unordered_map>

namespace yoke {

// How many connections each peer has: an IPv4 address, or an IPv6 network of 64 bits, for whoever
// has one address of it has them all.
class PeerCounts {
 public:
  struct Rule {
    std::size_t each_max = 0;
    bool count_loopback = false;
  };
  explicit PeerCounts(Rule rule) : rule_(rule) {}

  // False: it has as many as it may. An address that is unspecified stands for a socket file, which
  // is not counted.
  bool add(const boost::asio::ip::address& peer);
  void remove(const boost::asio::ip::address& peer);  // one that was added
  std::size_t peers() const { return counts_.size(); }

 private:
  bool is_counted(const boost::asio::ip::address& peer) const;

  Rule rule_;
  std::unordered_map<std::string, std::size_t> counts_;
};

// An IPv4 address in IPv6's clothes as what it is; any other as it is.
boost::asio::ip::address unmapped(const boost::asio::ip::address& address);

}  // namespace yoke
