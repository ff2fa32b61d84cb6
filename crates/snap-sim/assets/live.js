// Fetches the page again every two seconds and replaces the part that changes, unless someone is reading in it.
(function () {
  'use strict';
  var last = '';
  function refresh() {
    var part = document.getElementById('live');
    var busy = document.hidden || !window.getSelection().isCollapsed || part.querySelector(':focus-visible');
    if (busy) return Promise.resolve();
    return fetch(location.href, { headers: { Accept: 'text/html' } }).then(function (answer) {
      return answer.ok ? answer.text() : '';
    }).then(function (text) {
      if (!text || text === last) return;
      last = text;
      var fresh = new DOMParser().parseFromString(text, 'text/html').getElementById('live');
      if (fresh) document.getElementById('live').replaceWith(fresh);
    });
  }
  function loop() {
    setTimeout(function () { refresh().catch(function () {}).then(loop); }, 2000);
  }
  loop();
})();
