// Loaded in <head> without defer, and only for people whose theme is "as the device":
// the theme must be known before the first paint, and a strict policy allows no inline script.
(() => {
  const device = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    document.documentElement.dataset.bsTheme = device.matches ? "dark" : "light";
  };
  device.addEventListener("change", apply);
  apply();
})();
