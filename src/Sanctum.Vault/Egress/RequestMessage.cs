using System.Net;
using System.Net.Http;
using System.Reflection;

namespace Sanctum.Egress;

/// <summary>Makes the message that is sent. All that goes into it was checked before.</summary>
internal static class RequestMessage
{
    private static readonly string UserAgent = $"sanctum/{typeof(RequestMessage).Assembly.GetName().Version?.ToString(3)}";

    public static HttpRequestMessage Of(OutgoingRequest request)
    {
        var message = new HttpRequestMessage(new HttpMethod(request.Target.Method), request.Url.ToUri())
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
            Content = request.HasBody || request.Headers.Any(header => IsOfContent(header.Key)) ? new ReadOnlyMemoryContent(request.Body) : null,
        };
        foreach (var (name, value) in request.Headers)
        {
            Add(message, name, value);
        }

        AddUnlessThere(message, "Accept-Encoding", Receiving.ContentDecoding.Accepted);
        AddUnlessThere(message, "User-Agent", UserAgent);
        return message;
    }

    private static void AddUnlessThere(HttpRequestMessage message, string name, string value)
    {
        if (!message.Headers.NonValidated.Contains(name))
        {
            Add(message, name, value);
        }
    }

    // Add would parse values and write some of them differently, which breaks signatures over them. What it is banned for, line breaks
    // in a value, RequestHeaders refuses.
#pragma warning disable RS0030
    private static void Add(HttpRequestMessage message, string name, string value)
    {
        if (!RequestHeaders.IsValue(value) || !(IsOfContent(name)
            ? message.Content!.Headers.TryAddWithoutValidation(name, value)
            : message.Headers.TryAddWithoutValidation(name, value)))
        {
            throw Errors.InvalidParams("headers", "a header can't be sent");
        }
    }
#pragma warning restore RS0030

    private static bool IsOfContent(string name) =>
        name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase)
            ? !name.Equals("Content-Security-Policy", StringComparison.OrdinalIgnoreCase)
            : name.ToLowerInvariant() is "allow" or "expires" or "last-modified";
}
