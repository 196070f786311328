// Copyright 2026 The asyncio-cpp authors
// SPDX-License-Identifier: BSL-1.0
/// @file
/// An intrusive doubly linked list: linking allocates nothing and cannot fail.
#pragma once

#include <cstddef>

namespace asyncio::detail {

/// The links for one list. `Tag` lets an object be in several lists at once.
template <class Tag = void>
class list_node {
 public:
  list_node() = default;
  list_node(list_node const&) = delete;
  list_node& operator=(list_node const&) = delete;

  [[nodiscard]] bool linked() const noexcept { return next_ != nullptr; }

  /// Removes the node from its list; no effect if it is in none.
  void unlink() noexcept {
    if (next_ == nullptr) return;
    prev_->next_ = next_;
    next_->prev_ = prev_;
    next_ = prev_ = nullptr;
  }

 protected:
  ~list_node() = default;

 private:
  template <class, class>
  friend class list;
  list_node* next_ = nullptr;
  list_node* prev_ = nullptr;
};

/// A first-in-first-out list of `T`, which derives from `list_node<Tag>`.
template <class T, class Tag = void>
class list {
  using node = list_node<Tag>;
  struct root : node {};

 public:
  list() noexcept { root_.next_ = root_.prev_ = &root_; }
  list(list const&) = delete;
  list& operator=(list const&) = delete;
  ~list() {
    while (!empty()) pop_front();
    root_.next_ = root_.prev_ = nullptr;
  }

  [[nodiscard]] bool empty() const noexcept { return root_.next_ == &root_; }
  [[nodiscard]] T& front() noexcept { return static_cast<T&>(*root_.next_); }

  /// The address of the first node, for prefetching; valid for an empty list too.
  [[nodiscard]] void const* front_address() const noexcept { return root_.next_; }

  /// The first item, and the item after `item`, which is in this list; null if there is none.
  [[nodiscard]] T* first() noexcept { return at(root_.next_); }
  [[nodiscard]] T* after(T& item) noexcept { return at(static_cast<node&>(item).next_); }

  [[nodiscard]] T& back() noexcept { return static_cast<T&>(*root_.prev_); }

  void push_back(T& item) noexcept {
    node& n = item;
    n.prev_ = root_.prev_;
    n.next_ = &root_;
    n.prev_->next_ = &n;
    root_.prev_ = &n;
  }

  T& pop_front() noexcept {
    node& first = *root_.next_;
    root_.next_ = first.next_;
    root_.next_->prev_ = &root_;
    first.next_ = first.prev_ = nullptr;
    return static_cast<T&>(first);
  }

  T& pop_back() noexcept {
    node& last = *root_.prev_;
    root_.prev_ = last.prev_;
    root_.prev_->next_ = &root_;
    last.next_ = last.prev_ = nullptr;
    return static_cast<T&>(last);
  }

  /// Moves all of `other` to the end of this list.
  void splice_back(list& other) noexcept {
    if (other.empty()) return;
    node* const first = other.root_.next_;
    node* const last = other.root_.prev_;
    first->prev_ = root_.prev_;
    root_.prev_->next_ = first;
    last->next_ = &root_;
    root_.prev_ = last;
    other.root_.next_ = other.root_.prev_ = &other.root_;
  }

  /// Calls `fn(item)` for each item in order; `fn` may remove its item from the list.
  template <class F>
  void for_each(F&& fn) {
    for (node* n = root_.next_; n != &root_;) {
      node* const next = n->next_;
      fn(static_cast<T&>(*n));
      n = next;
    }
  }

  /// Calls `fn(item)` for each current item that is still there when its turn comes; `fn` may remove any item.
  template <class F>
  void for_each_left(F&& fn) {
    list todo;
    todo.splice_back(*this);
    while (!todo.empty()) {
      T& item = todo.pop_front();
      push_back(item);
      fn(item);
    }
  }

  [[nodiscard]] std::size_t size() const noexcept {
    std::size_t count = 0;
    for (node const* n = root_.next_; n != &root_; n = n->next_) ++count;
    return count;
  }

 private:
  [[nodiscard]] T* at(node* n) noexcept { return n == &root_ ? nullptr : static_cast<T*>(n); }

  root root_;
};

}  // namespace asyncio::detail
