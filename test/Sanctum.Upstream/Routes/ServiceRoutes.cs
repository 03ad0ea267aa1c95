using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Sanctum.Upstream.Routes;

/// <summary>
/// Responses in the form that services of known names give, for their own SDKs: <c>/openai/v1/chat/completions</c>, <c>/anthropic/v1/messages</c>, GitHub's
/// <c>/api/v3/users/{login}</c>, Bedrock's <c>/model/{id}/invoke</c>, Stripe's <c>/v1/customers/{id}</c>, Event Grid's <c>/eventgrid</c>, SQS's <c>/</c>, and S3's objects under <c>/objects/{key}</c>, which are the bytes that were sent last. Each says the key back that it
/// was sent.
/// </summary>
internal static class ServiceRoutes
{
    // That of an upload in parts, which is no hash of the bytes.
    private const string ETag = "\"0123456789abcdef0123456789abcdef-1\"";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var objects = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        routes.MapPost("/openai/v1/chat/completions", context => JsonAsync(context, $$$"""
            {"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"gpt-test","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"{{{Said(context)}}}"}}],
             "usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}
            """));
        routes.MapPost("/anthropic/v1/messages", MessageAsync);
        routes.MapPost("/model/{id}/invoke", MessageAsync);
        routes.MapGet("/api/v3/users/{login}", context => JsonAsync(context, $$$"""{"login":"dependabot[bot]","id":1,"type":"Bot","bio":"{{{Said(context)}}}"}"""));
        routes.MapGet("/v1/customers/{id}", context => JsonAsync(context, $$$"""{"id":"cus_1","object":"customer","description":"{{{Said(context)}}}"}"""));
        routes.MapPost("/eventgrid", context => JsonAsync(context, "{}"));
        routes.MapPost("/", context => JsonAsync(context, $$$"""{"QueueUrl":"{{{Said(context)}}}"}"""));
        routes.MapPut("/objects/{key}", context =>
        {
            lock (objects)
            {
                objects[context.Request.Path] = context.Features.GetRequiredFeature<ReceivedRequest>().Body;
            }

            context.Response.Headers.ETag = ETag;
            return Task.CompletedTask;
        });
        routes.MapGet("/objects/{key}", async context =>
        {
            byte[] bytes;
            lock (objects)
            {
                bytes = objects[context.Request.Path];
            }

            context.Response.ContentLength = bytes.Length;
            context.Response.Headers.ETag = ETag;
            await context.Response.Body.WriteAsync(bytes);
        });
    }

    private static Task MessageAsync(HttpContext context) => JsonAsync(context, $$$"""
        {"id":"msg_1","type":"message","role":"assistant","model":"claude-test","content":[{"type":"text","text":"{{{Said(context)}}}"}],"stop_reason":"end_turn","stop_sequence":null,
         "usage":{"input_tokens":1,"output_tokens":1}}
        """);

    private static string Said(HttpContext context) => $"key {context.Request.Headers.Authorization}{context.Request.Headers["X-Api-Key"]}".Replace("\"", "'", StringComparison.Ordinal);

    private static Task JsonAsync(HttpContext context, string json)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(json);
    }
}
