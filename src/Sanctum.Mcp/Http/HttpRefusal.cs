using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Sanctum.Mcp.Http;

/// <summary>A request that is refused before the protocol: an error of JSON-RPC without an id, and the connection's end, since a body may not have been read.</summary>
internal static class HttpRefusal
{
    private const int InvalidRequest = -32600;

    public static async Task WriteAsync(HttpContext http, int status, string message)
    {
        var json = new ArrayBufferWriter<byte>();
        await using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            writer.WriteString("jsonrpc", "2.0");
            writer.WriteNull("id");
            writer.WriteStartObject("error");
            writer.WriteNumber("code", InvalidRequest);
            writer.WriteString("message", message);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = json.WrittenCount;
        http.Response.Headers.Connection = "close";
        await http.Response.Body.WriteAsync(json.WrittenMemory, http.RequestAborted).ConfigureAwait(false);
    }
}
