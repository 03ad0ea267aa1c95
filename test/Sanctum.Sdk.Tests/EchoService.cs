using Grpc.Core;
using Sanctum.Sdk.Program;

namespace Sanctum.Sdk.Tests;

/// <summary>The other end of <see cref="Echo"/>, as it is generated from a <c>.proto</c> file.</summary>
[BindServiceMethod(typeof(EchoBase), nameof(Bind))]
public abstract class EchoBase
{
    public static void Bind(ServiceBinderBase binder, EchoBase? service)
    {
        binder.AddMethod(Echo.Say, service is null ? null! : service.Say);
        binder.AddMethod(Echo.Talk, service is null ? null! : service.Talk);
    }

    public virtual Task<string> Say(string request, ServerCallContext context) => throw new RpcException(new Status(StatusCode.Unimplemented, ""));

    public virtual Task Talk(IAsyncStreamReader<string> requestStream, IServerStreamWriter<string> responseStream, ServerCallContext context) =>
        throw new RpcException(new Status(StatusCode.Unimplemented, ""));
}

/// <summary>It gives back the key that came, with the text behind it, and in a trailer.</summary>
public sealed class EchoService : EchoBase
{
    public override Task<string> Say(string request, ServerCallContext context) => Task.FromResult(With(request, context));

    public override async Task Talk(IAsyncStreamReader<string> requestStream, IServerStreamWriter<string> responseStream, ServerCallContext context)
    {
        await foreach (var text in requestStream.ReadAllAsync(context.CancellationToken))
        {
            await responseStream.WriteAsync(With(text, context), context.CancellationToken);
        }
    }

    private static string With(string text, ServerCallContext context)
    {
        var key = context.RequestHeaders.GetValue("authorization");
        if (context.ResponseTrailers.Count == 0)
        {
            context.ResponseTrailers.Add("x-said", key ?? "");
        }

        return $"{key} {text}";
    }
}
