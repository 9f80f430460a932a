#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace yoke::testing {

struct MockRequest {
  std::string method;
  std::string target;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

// One accepted connection, blocking: a peer that can misbehave byte by byte.
class MockConnection {
 public:
  MockConnection(int socket, int stop) : socket_(socket), stop_(stop) {}

  bool send(std::string_view bytes);         // false: the peer has gone
  bool send_singly(std::string_view bytes);  // one byte a packet
  void wait_for_peer();                      // until the peer closes, or the server stops
  bool receive(MockRequest& request);        // false: no further request
  // Closing it now resets the connection instead of ending it in order.
  void reset_on_close();

 private:
  bool fill();

  int socket_;
  int stop_;
  std::string held_;
};

// A small HTTP/1.1 server for tests, on threads of its own, built on nothing that it is to test.
// The handler writes the whole response itself; false closes the connection.
class MockServer {
 public:
  using Handler = std::function<bool(const MockRequest&, MockConnection&)>;

  explicit MockServer(Handler handler, std::uint16_t port = 0);  // 127.0.0.1
  ~MockServer();
  MockServer(const MockServer&) = delete;
  MockServer& operator=(const MockServer&) = delete;

  std::uint16_t port() const { return port_; }
  int connections() const { return connections_; }  // accepted so far

 private:
  struct Peer {
    std::thread thread;
    std::atomic<bool> ended = false;
  };
  void accept_all();
  void serve(int socket, Peer& peer);
  void reap();

  Handler handler_;
  int listener_ = -1;
  int stop_read_ = -1;  // readable once the server stops
  int stop_write_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_ = 0;
  std::list<Peer> peers_;  // the accepting thread's own
  std::thread acceptor_;
};

}  // namespace yoke::testing
