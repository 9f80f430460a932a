#include "runtime/http/address.h"

#include <array>
#include <cstdint>
#include <span>

namespace yoke {
namespace {

namespace ip = boost::asio::ip;

struct Block4 {
  std::uint32_t prefix;
  int bits;
};

constexpr std::uint32_t quad(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}

// IPv4 that is not of the public Internet (the IANA special-purpose registry, and multicast).
constexpr std::array kNotPublic4{
    Block4{quad(0, 0, 0, 0), 8},        // this network
    Block4{quad(10, 0, 0, 0), 8},       // private
    Block4{quad(100, 64, 0, 0), 10},    // shared by carriers
    Block4{quad(127, 0, 0, 0), 8},      // loopback
    Block4{quad(169, 254, 0, 0), 16},   // link-local, cloud metadata
    Block4{quad(172, 16, 0, 0), 12},    // private
    Block4{quad(192, 0, 0, 0), 24},     // protocol assignments
    Block4{quad(192, 0, 2, 0), 24},     // documentation
    Block4{quad(192, 88, 99, 0), 24},   // 6to4 relays
    Block4{quad(192, 168, 0, 0), 16},   // private
    Block4{quad(198, 18, 0, 0), 15},    // benchmarks
    Block4{quad(198, 51, 100, 0), 24},  // documentation
    Block4{quad(203, 0, 113, 0), 24},   // documentation
    Block4{quad(224, 0, 0, 0), 4},      // multicast
    Block4{quad(240, 0, 0, 0), 4},      // reserved, broadcast
};

bool is_public4(std::uint32_t address) {
  for (const Block4& block : kNotPublic4) {
    const std::uint32_t mask = ~std::uint32_t{0} << (32 - block.bits);
    if ((address & mask) == block.prefix) return false;
  }
  return true;
}

std::uint32_t quad_at(const ip::address_v6::bytes_type& bytes, std::size_t at) {
  return quad(bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]);
}

bool zero(const ip::address_v6::bytes_type& bytes, std::size_t from, std::size_t to) {
  for (std::size_t i = from; i < to; ++i) {
    if (bytes[i] != 0) return false;
  }
  return true;
}

bool is_public6(const ip::address_v6& address) {
  const ip::address_v6::bytes_type bytes = address.to_bytes();
  const std::uint32_t head = quad_at(bytes, 0);
  // NAT64, the one form outside 2000::/3 that leads to the public Internet.
  if (head == 0x0064ff9b && zero(bytes, 4, 12)) return is_public4(quad_at(bytes, 12));
  if (bytes[0] >> 5 != 1) return false;  // mapped, loopback, unique local, link-local, multicast …
  if (head >> 16 == 0x2002) return is_public4(quad_at(bytes, 2));  // 6to4
  if (head == 0x20010000) return false;                            // Teredo
  if (head >> 9 == 0x20010000 >> 9) return false;  // 2001::/23, protocol assignments
  if (head == 0x20010db8) return false;            // documentation
  if (head >> 12 == 0x3fff0) return false;         // documentation
  return true;
}

}  // namespace

bool is_public_address(const ip::address& address) {
  if (address.is_v4()) return is_public4(address.to_v4().to_uint());
  const ip::address_v6 six = address.to_v6();
  if (six.scope_id() != 0) return false;
  if (six.is_v4_mapped()) return is_public4(quad_at(six.to_bytes(), 12));
  return is_public6(six);
}

bool is_loopback_name(std::string_view host) {
  if (host == "localhost" || host.ends_with(".localhost")) return true;
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(std::string(host), error);
  return !error && address.is_loopback();
}

Result<void> permit_public(const std::string& host, const ip::address& address) {
  if (is_public_address(address)) return {};
  return Error{Errc::denied, "'" + host + "' is at " + address.to_string() +
                                 ", which is no public address; grant it by name to allow it"};
}

}  // namespace yoke
