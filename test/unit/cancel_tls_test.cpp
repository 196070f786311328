// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
#define BOOST_TEST_MODULE cancel_tls
// A TLS stream takes several reads and writes for each of its operations: a cancel, or the end of a timeout, may come
// between any two of them.
#include <asyncio/asyncio.hpp>
#include <asyncio/testing.hpp>
#include <asyncio/testing/boost_test.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <array>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using namespace std::chrono_literals;
using asyncio::awaitable;
using stream = ssl::stream<asio::local::stream_protocol::socket>;

namespace {

void check(bool ok) {
  if (!ok) throw std::runtime_error("OpenSSL");
}

/// A server's context with a key and a certificate made for this run.
ssl::context server_context() {
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> const key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  std::unique_ptr<X509, decltype(&X509_free)> const certificate(X509_new(), &X509_free);
  check(key != nullptr && certificate != nullptr);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  check(X509_set_pubkey(certificate.get(), key.get()) == 1);
  X509_NAME* const name = X509_get_subject_name(certificate.get());
  unsigned char const text[] = "localhost";
  check(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0) == 1);
  check(X509_set_issuer_name(certificate.get(), name) == 1);
  check(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);
  ssl::context c(ssl::context::tls_server);
  check(SSL_CTX_use_certificate(c.native_handle(), certificate.get()) == 1);
  check(SSL_CTX_use_PrivateKey(c.native_handle(), key.get()) == 1);
  return c;
}

struct world {
  world() : client(context, client_settings), server(context, server_settings()) {
    asio::local::connect_pair(client.next_layer(), server.next_layer());
  }
  static ssl::context& server_settings() {
    static ssl::context c = server_context();
    return c;
  }

  asio::io_context context;
  ssl::context client_settings{ssl::context::tls_client};
  stream client, server;
};

awaitable<void> shake_hands(stream& s, stream::handshake_type as) {
  co_await s.async_handshake(as, asio::use_awaitable);
}
awaitable<void> shut_down(stream& s) { co_await s.async_shutdown(asio::use_awaitable); }
awaitable<void> read(stream& s) {
  std::array<char, 16> bytes{};
  co_await s.async_read_some(asio::buffer(bytes), asio::use_awaitable);
}

struct subject {
  char const* name;
  bool connected;  // before it begins
  awaitable<void> (*operation)(world&);
  awaitable<void> (*peer)(world&);  // null: it does nothing
};

subject const subjects[] = {
    {"handshake of a client, the server is silent", false,
     [](world& w) { return shake_hands(w.client, stream::client); }, nullptr},
    {"handshake of a server, the client is silent", false,
     [](world& w) { return shake_hands(w.server, stream::server); }, nullptr},
    {"handshake of a client", false, [](world& w) { return shake_hands(w.client, stream::client); },
     [](world& w) { return shake_hands(w.server, stream::server); }},
    {"handshake of a server", false, [](world& w) { return shake_hands(w.server, stream::server); },
     [](world& w) { return shake_hands(w.client, stream::client); }},
    {"shutdown, the peer is silent", true, [](world& w) { return shut_down(w.client); }, nullptr},
    {"shutdown", true, [](world& w) { return shut_down(w.client); }, [](world& w) { return shut_down(w.server); }},
    {"read", true, [](world& w) { return read(w.client); }, nullptr},
};

void run_until_done(asio::io_context& context, asyncio::any_task const& t) {
  auto const give_up = std::chrono::steady_clock::now() + 2s;
  while (!t.done() && std::chrono::steady_clock::now() < give_up) context.run_one_for(100ms);
}

awaitable<void> end_after(subject const& s, world& w, asyncio::duration d) {
  co_await asyncio::timeout(d, s.operation(w));
}

template <class Begin, class End>
void after_each_number_of_handlers(subject const& s, Begin begin, End end) {
  for (int n = 0; n <= 24; ++n) {
    BOOST_TEST_CONTEXT(s.name << " after " << n << " handlers") {
      world w;
      if (s.connected) {
        auto const client = asyncio::create_task(w.context, shake_hands(w.client, stream::client));
        auto const server = asyncio::create_task(w.context, shake_hands(w.server, stream::server));
        run_until_done(w.context, server);
        run_until_done(w.context, client);
        w.context.restart();
      }
      auto t = begin(w);
      asyncio::task<void> peer;
      if (s.peer) peer = asyncio::create_task(w.context, s.peer(w));
      for (int i = 0; i < n; ++i) w.context.poll_one();
      end(w, t);
      if (s.peer) {
        peer.cancel();
        run_until_done(w.context, peer);
        if (!peer.cancelled()) (void)peer.exception();
      }
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(operations_of_a_tls_stream_can_be_cancelled_at_every_step) {
  for (subject const& s : subjects) {
    after_each_number_of_handlers(
        s, [&s](world& w) { return asyncio::create_task(w.context, s.operation(w)); },
        [](world& w, asyncio::task<void>& t) {
          bool const asked = t.cancel();
          run_until_done(w.context, t);
          BOOST_REQUIRE(t.done());
          BOOST_TEST(t.cancelled() == asked);
        });
  }
}

BOOST_AUTO_TEST_CASE(a_timeout_ends_operations_of_a_tls_stream_at_every_step) {
  for (subject const& s : subjects) {
    after_each_number_of_handlers(
        s, [&s](world& w) { return asyncio::create_task(w.context, end_after(s, w, 1ms)); },
        [](world& w, asyncio::task<void>& t) {
          asio::steady_timer(w.context, 1100us).wait();
          run_until_done(w.context, t);
          BOOST_REQUIRE(t.done());
          try {
            t.result();
          } catch (asyncio::timeout_error const&) {}
        });
  }
}
