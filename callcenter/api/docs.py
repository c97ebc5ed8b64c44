"""The interactive documentation, from files of our own: no other host is asked for anything."""

from importlib.resources import files

from fastapi import APIRouter
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

router = APIRouter(prefix="/api/docs", include_in_schema=False)

OPENAPI = "/api/openapi.json"
_FILES = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon.png": "image/png",
}
_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


@router.get("")
async def page() -> HTMLResponse:
    """Gives the page that shows and tries out every endpoint."""
    page = get_swagger_ui_html(
        openapi_url=OPENAPI,
        title="callcenter API",
        swagger_js_url="/api/docs/swagger-ui-bundle.js",
        swagger_css_url="/api/docs/swagger-ui.css",
        swagger_favicon_url="/api/docs/favicon.png",
    )
    page.headers["content-security-policy"] = _POLICY
    page.headers["cache-control"] = "no-cache"
    return page


@router.get("/{name}")
async def asset(name: str) -> Response:
    """Gives one of the page's files."""
    if name not in _FILES:
        raise HTTPException(404)
    content = (files("fastapi_offline") / "static" / name).read_bytes()
    return Response(content, media_type=_FILES[name], headers={"cache-control": "public, max-age=3600"})
