using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Sanctum.Daemon.Proxy.Forwarding;

/// <summary>Refusals and failures as HTTP responses, and as gRPC statuses where the client speaks gRPC.</summary>
internal static class ErrorResponse
{
    public static async Task WriteAsync(HttpContext http, ProxyError error)
    {
        var response = http.Response;
        response.Headers[ProxyError.Header] = error.Code;
        if (error.RetryAfter is { } seconds)
        {
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        if (IsGrpc(http.Request))
        {
            // A response without messages: its status is in its only headers.
            response.StatusCode = StatusCodes.Status200OK;
            response.ContentType = "application/grpc";
            response.Headers["grpc-status"] = GrpcStatus(error.Status).ToString(CultureInfo.InvariantCulture);
            response.Headers["grpc-message"] = Uri.EscapeDataString($"{error.Code}: {error.Message}");
            await response.CompleteAsync().ConfigureAwait(false);
            return;
        }

        response.StatusCode = error.Status;
        if (error.Status == StatusCodes.Status407ProxyAuthenticationRequired)
        {
            response.Headers.ProxyAuthenticate = ProxyErrors.Challenge;
        }

        if (error.Status == StatusCodes.Status401Unauthorized)
        {
            response.Headers.WWWAuthenticate = "Bearer realm=\"sanctum\"";
        }

        var body = error.ToJson();
        response.ContentType = ProxyError.MediaType;
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(http.Request.Method))
        {
            await response.Body.WriteAsync(body, http.RequestAborted).ConfigureAwait(false);
        }
    }

    private static bool IsGrpc(HttpRequest request) =>
        HttpProtocol.IsHttp2(request.Protocol) && request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true;

    // gRPC's codes: invalid argument, permission denied, resource exhausted, internal, unavailable, unauthenticated.
    private static int GrpcStatus(int status) => status switch
    {
        StatusCodes.Status400BadRequest or StatusCodes.Status405MethodNotAllowed or StatusCodes.Status421MisdirectedRequest => 3,
        StatusCodes.Status403Forbidden => 7,
        StatusCodes.Status429TooManyRequests => 8,
        StatusCodes.Status502BadGateway or StatusCodes.Status503ServiceUnavailable => 14,
        StatusCodes.Status407ProxyAuthenticationRequired or StatusCodes.Status401Unauthorized => 16,
        _ => 13,
    };
}
