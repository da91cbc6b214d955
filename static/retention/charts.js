// Draws the charts of a page from the numbers that stand in it as JSON. Without this script
// the table of the same numbers is shown; with it, "Table" changes between the two.
(() => {
  const STEP = 0.1;
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

  function layout(data, top) {
    const text = { color: colour("soft"), family: getComputedStyle(document.body).fontFamily, size: 12 };
    return {
      margin: { l: 34, r: 16, t: 18, b: 26 },
      height: 208,
      bargap: 0.14,
      showlegend: false,
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: text,
      hoverlabel: { bgcolor: colour("ink"), bordercolor: colour("ink"), font: { color: colour("card"), family: text.family } },
      xaxis: {
        fixedrange: true,
        range: [-0.02, data.starts.length * STEP + 0.02],
        tickvals: [0, 0.5, 1, 1.5],
        ticktext: ["0", "½", "1×", "1½×"],
        showgrid: false,
        zeroline: false,
      },
      yaxis: {
        fixedrange: true,
        range: [0, top * 1.12],
        nticks: 4,
        tickformat: ",d",
        gridcolor: colour("line"),
        zerolinecolor: colour("line"),
      },
      shapes: [
        { type: "line", x0: 1, x1: 1, yref: "paper", y0: 0, y1: 1, line: { color: colour("ink"), width: 1, dash: "dot" } },
      ],
      annotations: [
        {
          x: 1,
          y: 1,
          yref: "paper",
          xanchor: "left",
          yanchor: "middle",
          xshift: 4,
          text: data.promise,
          showarrow: false,
          font: { color: colour("ink"), size: 12 },
        },
      ],
    };
  }

  function draw(place, data) {
    const bars = {
      type: "bar",
      x: data.starts.map((start) => start + STEP / 2),
      y: data.counts,
      width: STEP * 0.86,
      customdata: data.names,
      hovertemplate: "%{customdata}: %{y}<extra></extra>",
      marker: { color: data.states.map((state) => colour(`${state}-fill`)), cornerradius: 2 },
    };
    const options = { displayModeBar: false, responsive: true };
    return Plotly.react(place, [bars], layout(data, Math.max(...data.counts, 4)), options);
  }

  function begin(section) {
    const place = section.querySelector(".chart-place");
    const table = section.querySelector(".chart-table");
    const button = section.querySelector("[data-chart-table]");
    const data = JSON.parse(section.querySelector("script[type='application/json']").textContent);
    const show = (asTable) => {
      table.hidden = !asTable;
      place.hidden = asTable;
      button.setAttribute("aria-expanded", String(asTable));
      if (!asTable) draw(place, data);
    };
    button.hidden = false;
    button.addEventListener("click", () => show(table.hidden));
    show(false);
    place.on("plotly_click", (event) => window.location.assign(data.links[event.points[0].pointIndex]));
    new MutationObserver(() => place.hidden || !place.isConnected || draw(place, data)).observe(document.documentElement, {
      attributeFilter: ["data-bs-theme"],
    });
  }

  for (const section of document.querySelectorAll("[data-chart]")) begin(section);
})();
