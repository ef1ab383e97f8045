//! What a figure may hold. Names are written as SVG has them; HTML has them in any case.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Something in a figure that it can't hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) message: String,
    pub(crate) help: &'static str,
}

impl Refused {
    pub(super) fn new(message: String, help: &'static str) -> Refused {
        Refused { message, help }
    }
}

pub(super) const ELEMENT: &str =
    "a figure holds what SVG draws with: shapes, text, images, gradients, filters and animations";
pub(super) const ADDRESS: &str = "a figure draws what is in it: an address begins with `#`; that of an `<image>` may begin with \
                       `data:image/png;base64,`, or lead to a file beside the chapter";
pub(super) const FORM: &str = "a figure is one `<svg>` element with all that is in it, each tag closed";

/// Elements that draw, describe or move.
const ELEMENTS: &str = "a animate animateMotion animateTransform circle clipPath defs desc ellipse feBlend feColorMatrix \
    feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting feDisplacementMap feDistantLight feDropShadow feFlood \
    feFuncA feFuncB feFuncG feFuncR feGaussianBlur feImage feMerge feMergeNode feMorphology feOffset fePointLight \
    feSpecularLighting feSpotLight feTile feTurbulence filter g image line linearGradient marker mask mpath path pattern \
    polygon polyline radialGradient rect set stop style svg switch symbol text textPath title tspan use view";

/// Properties that are attributes too. Their values are CSS.
const PRESENTATION: &str = "alignment-baseline baseline-shift clip clip-path clip-rule color color-interpolation \
    color-interpolation-filters color-rendering cursor direction display dominant-baseline fill fill-opacity fill-rule filter \
    flood-color flood-opacity font-family font-size font-size-adjust font-stretch font-style font-variant font-weight \
    glyph-orientation-horizontal glyph-orientation-vertical image-rendering letter-spacing lighting-color marker-end \
    marker-mid marker-start mask mask-type opacity overflow paint-order pointer-events shape-rendering stop-color stop-opacity \
    stroke stroke-dasharray stroke-dashoffset stroke-linecap stroke-linejoin stroke-miterlimit stroke-opacity stroke-width \
    text-anchor text-decoration text-overflow text-rendering unicode-bidi vector-effect visibility word-spacing writing-mode";

/// Attributes that are no properties.
const ATTRIBUTES: &str = "accumulate additive amplitude aria-describedby aria-details aria-hidden aria-label aria-labelledby \
    aria-roledescription attributeName attributeType azimuth baseFrequency baseProfile begin bias by calcMode class \
    clipPathUnits contentStyleType cx cy d data-name diffuseConstant divisor dur dx dy edgeMode elevation enable-background end \
    exponent filterRes filterUnits focusable fr from fx fy gradientTransform gradientUnits height href hreflang id in in2 \
    intercept k1 k2 k3 k4 kernelMatrix kernelUnitLength keyPoints keySplines keyTimes lang lengthAdjust limitingConeAngle \
    markerHeight markerUnits markerWidth maskContentUnits maskUnits max media method min mode numOctaves offset operator order \
    orient origin path pathLength patternContentUnits patternTransform patternUnits points pointsAtX pointsAtY pointsAtZ \
    preserveAlpha preserveAspectRatio primitiveUnits r radius refX refY rel repeatCount repeatDur requiredExtensions \
    requiredFeatures restart result role rotate rx ry scale seed side slope spacing specularConstant specularExponent \
    spreadMethod startOffset stdDeviation stitchTiles style surfaceScale systemLanguage tabindex tableValues target targetX \
    targetY textLength title to transform transform-origin type values version viewBox width x x1 x2 xChannelSelector \
    xlink:href xml:lang xml:space y y1 y2 yChannelSelector z zoomAndPan";

/// Properties that only style sheets and `style` have.
const PROPERTIES: &str = "background background-color cx cy d enable-background font font-feature-settings font-kerning \
    font-synthesis font-variant-alternates font-variant-caps font-variant-east-asian font-variant-ligatures \
    font-variant-numeric font-variant-position font-variation-settings height inline-size isolation line-height margin marker \
    max-height max-width min-height min-width mix-blend-mode offset-distance offset-path offset-rotate r rotate rx ry scale \
    shape-inside shape-margin shape-padding shape-subtract solid-color solid-opacity text-align text-align-last \
    text-decoration-color text-decoration-line text-decoration-style text-decoration-thickness text-indent text-orientation \
    text-transform text-underline-position transform transform-box transform-origin translate user-select vertical-align \
    white-space width will-change x y animation animation-delay animation-direction animation-duration animation-fill-mode \
    animation-iteration-count animation-name animation-play-state animation-timing-function transition transition-delay \
    transition-duration transition-property transition-timing-function -webkit-user-select";

/// Functions in values, and in what selectors and conditions say.
const FUNCTIONS: &str = "blur brightness calc circle clamp color color-mix contrast cubic-bezier drop-shadow ellipse \
    grayscale has hsl hsla hue-rotate hwb inset invert is lab lang lch light-dark linear matrix matrix3d max min not nth-child \
    nth-last-child nth-last-of-type nth-of-type oklab oklch opacity path perspective polygon ray rect rgb rgba rotate rotatex \
    rotatey rotatez saturate scale scalex scaley selector sepia skew skewx skewy steps translate translatex translatey \
    translatez url var where xywh";

/// Elements that draw by themselves wherever they stand in a root, and are drawn by `<use>` in the same way.
const DRAWN: &str = "circle ellipse g line path polygon polyline rect text use";

/// Prefixes of names by which editors and libraries keep notes of their own, which draw nothing.
const NOTES: &str = "bx cc dc dcterms figma inkscape krita rdf serif sketch sodipodi";

/// What draws nothing and is left out, with what is in it.
const LEFT_OUT: &str = "metadata";

/// Attributes that say nothing in HTML, and are left out.
const SILENT: &str = "xlink:actuate xlink:arcrole xlink:role xlink:show xlink:title xlink:type xml:id";

fn table(names: &'static str) -> HashMap<String, &'static str> {
    names.split_whitespace().map(|name| (name.to_ascii_lowercase(), name)).collect()
}

static ELEMENT_NAMES: LazyLock<HashMap<String, &str>> = LazyLock::new(|| table(ELEMENTS));
static ATTRIBUTE: LazyLock<HashMap<String, &str>> = LazyLock::new(|| {
    let mut all = table(ATTRIBUTES);
    all.extend(table(PRESENTATION));
    all
});
static PROPERTY: LazyLock<HashMap<String, &str>> = LazyLock::new(|| {
    let mut all = table(PROPERTIES);
    all.extend(table(PRESENTATION));
    all
});
static PRESENTED: LazyLock<HashMap<String, &str>> = LazyLock::new(|| table(PRESENTATION));
static FUNCTION: LazyLock<HashMap<String, &str>> = LazyLock::new(|| table(FUNCTIONS));

/// An element as SVG writes its name, which is given in lower case.
pub(crate) fn spelled_element(name: &str) -> Option<&'static str> {
    ELEMENT_NAMES.get(name).copied()
}

/// An attribute as SVG writes its name, which is given in lower case.
pub(crate) fn spelled_attribute(name: &str) -> Option<&'static str> {
    ATTRIBUTE.get(name).copied()
}

/// What becomes of a name.
pub(super) enum Fate {
    /// It stays, as SVG writes it.
    Stays(&'static str),
    /// It draws nothing.
    LeftOut,
    Refused,
}

fn is_in(names: &str, name: &str) -> bool {
    names.split_whitespace().any(|it| it == name)
}

/// Whether a name has one of the prefixes of notes, or declares such a prefix.
fn is_note(name: &str) -> bool {
    name.split_once(':').is_some_and(|(prefix, _)| prefix == "xmlns" || is_in(NOTES, prefix))
}

/// Whether an element is drawn where it stands.
pub(super) fn is_drawn(name: &str) -> bool {
    is_in(DRAWN, name)
}

/// What becomes of an element; its name is in lower case.
pub(super) fn element(name: &str) -> Fate {
    match ELEMENT_NAMES.get(name.strip_prefix("svg:").unwrap_or(name)) {
        Some(name) => Fate::Stays(name),
        None if is_in(LEFT_OUT, name) || is_note(name) => Fate::LeftOut,
        None => Fate::Refused,
    }
}

/// What becomes of an attribute; its name is in lower case.
pub(super) fn attribute(name: &str, value: &str) -> Fate {
    match (name, value.trim()) {
        ("xmlns", "http://www.w3.org/2000/svg") => Fate::Stays("xmlns"),
        ("xmlns:xlink", "http://www.w3.org/1999/xlink") => Fate::Stays("xmlns:xlink"),
        ("xmlns:xlink", _) => Fate::Refused,
        _ => match ATTRIBUTE.get(name) {
            Some(name) => Fate::Stays(name),
            None if is_in(SILENT, name) || is_note(name) => Fate::LeftOut,
            None => Fate::Refused,
        },
    }
}

/// Whether the value of an attribute is CSS.
pub(super) fn is_presentation(name: &str) -> bool {
    PRESENTED.contains_key(name)
}

/// What becomes of a property.
pub(super) fn property(name: &str) -> Fate {
    let lower = name.to_ascii_lowercase();
    match PROPERTY.get(&lower) {
        Some(name) => Fate::Stays(name),
        None if lower.starts_with("-inkscape-") => Fate::LeftOut,
        None => Fate::Refused,
    }
}

/// Whether a function may be called in a style.
pub(super) fn is_function(name: &str) -> bool {
    FUNCTION.contains_key(&name.to_ascii_lowercase())
}
