// The pixel script: takes over the queue of the page's snippet and sends each event as a beacon.
(function () {
  'use strict';
  var VERSION = 'sim-1';
  var script = document.currentScript;
  var origin = script && script.src ? new URL(script.src, location.href).origin : location.origin;
  var YEAR = 365 * 24 * 3600;
  var PARAMETERS = [
    'price', 'currency', 'transaction_id', 'item_ids', 'item_category', 'number_items', 'brands', 'description',
    'level', 'customer_status', 'delivery_method', 'search_string', 'sign_up_method', 'event_tag', 'success',
    'payment_info_available', 'client_dedup_id', 'event_id', 'integration'
  ];

  var snaptr = window.snaptr;
  if (!snaptr) {
    snaptr = window.snaptr = function () {
      if (snaptr.handleRequest) snaptr.handleRequest.apply(snaptr, arguments);
      else snaptr.queue.push(arguments);
    };
    snaptr.queue = [];
  }
  if (snaptr.handleRequest) return;

  var pixels = {};
  // Events wait here until the hashes of an init before them are there, so that order is kept.
  var ready = null;

  function cookie(name) {
    var found = document.cookie.split('; ').filter(function (pair) { return pair.indexOf(name + '=') === 0; })[0];
    return found ? decodeURIComponent(found.slice(name.length + 1)) : '';
  }

  function uuid() {
    if (window.crypto && crypto.randomUUID) return crypto.randomUUID();
    var bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    var hex = Array.prototype.map.call(bytes, function (b) { return (b + 256).toString(16).slice(1); }).join('');
    return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
  }

  function browserId() {
    var id = cookie('_scid');
    if (!id) {
      id = uuid();
      var secure = location.protocol === 'https:' ? '; Secure' : '';
      document.cookie = '_scid=' + id + '; path=/; max-age=' + YEAR + '; SameSite=Lax' + secure;
    }
    return id;
  }

  function clickId() {
    var id = '';
    new URLSearchParams(location.search).forEach(function (value, name) {
      if (name.toLowerCase() === 'sccid') id = value;
    });
    return id || cookie('_scclid');
  }

  // Resolves to '' where the browser offers no hashing (pages without TLS): raw values never leave the page.
  function sha256(text) {
    if (!text || !window.crypto || !crypto.subtle) return Promise.resolve('');
    return crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)).then(function (digest) {
      return Array.prototype.map.call(new Uint8Array(digest), function (b) { return (b + 256).toString(16).slice(1); }).join('');
    });
  }

  function later(task) {
    if (ready) ready = ready.then(task);
    else task();
  }

  function init(id, user) {
    user = user || {};
    later(function () {
      pixels[id] = pixels[id] || {};
      if (user.user_hashed_email) pixels[id].u_hem = user.user_hashed_email;
      if (user.user_hashed_phone_number) pixels[id].u_hpn = user.user_hashed_phone_number;
      if (user.uuid_c1) pixels[id].u_c1 = user.uuid_c1;
      if (user.integration) pixels[id].integration = user.integration;
    });
    var email = user.user_email && user.user_email.indexOf('@') > 0 ? String(user.user_email).trim().toLowerCase() : '';
    var phone = user.user_phone_number ? String(user.user_phone_number).replace(/\D/g, '').replace(/^0+/, '') : '';
    if (!email && !phone) return;
    ready = (ready || Promise.resolve()).then(function () {
      return Promise.all([sha256(email), sha256(phone)]);
    }).then(function (hashes) {
      if (hashes[0]) pixels[id].u_hem = hashes[0];
      if (hashes[1]) pixels[id].u_hpn = hashes[1];
    }, function () {});
  }

  function send(id, event, parameters) {
    var beacon = {
      pid: id, ev: event, pl: location.href, rf: document.referrer, ts: Date.now(),
      u_c1: browserId(), u_sclid: clickId(), v: VERSION
    };
    Object.keys(pixels[id]).forEach(function (name) { beacon[name] = pixels[id][name]; });
    PARAMETERS.forEach(function (name) { if (parameters[name] != null) beacon[name] = parameters[name]; });
    if (parameters.uuid_c1) beacon.u_c1 = parameters.uuid_c1;
    // Plain text needs no preflight, so the beacon also survives the page that sends it.
    fetch(origin + '/p', {
      method: 'POST', mode: 'cors', credentials: 'omit', keepalive: true,
      headers: { 'Content-Type': 'text/plain;charset=UTF-8' }, body: JSON.stringify(beacon)
    }).catch(function () {});
  }

  function track(first, second, third) {
    var one = Object.prototype.hasOwnProperty.call(pixels, first) || (typeof second === 'string');
    var event = one ? second : first;
    var parameters = (one ? third : second) || {};
    (one ? [first] : Object.keys(pixels)).forEach(function (id) {
      pixels[id] = pixels[id] || {};
      send(id, event, parameters);
    });
  }

  snaptr.handleRequest = function (method, first, second, third) {
    if (method === 'init') init(first, second);
    else if (method === 'track') later(function () { track(first, second, third); });
  };
  var queue = snaptr.queue || [];
  snaptr.queue = [];
  browserId();
  for (var i = 0; i < queue.length; i++) snaptr.handleRequest.apply(snaptr, queue[i]);
})();
