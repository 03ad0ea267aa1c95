using System.Net;
using System.Net.Http.Headers;
using System.Net.Mime;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sanctum.Client.Connections;

namespace Sanctum.Client;

/// <summary>
/// The vault's own limit as the response that every HTTP client knows: status 429, <c>Retry-After</c> in whole seconds, and a body that most SDKs show
/// (<c>{"error":{"code":"RATE_LIMITED","message":…}}</c>). <c>Sanctum-Error</c> tells it from a 429 of the service. Where the daemon is stopping, the status is 503.
/// </summary>
internal static class RateLimitedResponse
{
    public static HttpResponseMessage Of(RateLimitedException limited, HttpRequestMessage request)
    {
        var error = new JsonObject { ["error"] = new JsonObject { ["code"] = limited.Code, ["message"] = limited.Message } };
        var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(error, Replies.Default.JsonObject));
        content.Headers.ContentType = new MediaTypeHeaderValue(MediaTypeNames.Application.Json);
        var response = new HttpResponseMessage(limited.IsOfStoppingDaemon ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.TooManyRequests) { RequestMessage = request, Version = HttpVersion.Version11, Content = content };
        response.Headers.Add("Sanctum-Error", limited.Code);
        if (limited.RetryAfter is { } wait)
        {
            response.Headers.RetryAfter = new RetryConditionHeaderValue(TimeSpan.FromSeconds(Math.Ceiling(wait.TotalSeconds)));
        }

        return response;
    }
}
