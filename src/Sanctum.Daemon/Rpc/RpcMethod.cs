using System.Text.Json.Serialization.Metadata;
using Sanctum.Protocol;

namespace Sanctum.Daemon.Rpc;

/// <summary>One method of the wire.</summary>
/// <param name="name">Its name.</param>
internal abstract class RpcMethod(string name)
{
    public string Name { get; } = name;

    /// <summary>
    /// Whether it changes whose connection it is. Such a call waits for those before it, and those after it wait for it; all
    /// others run side by side.
    /// </summary>
    public virtual bool ChangesSession => false;

    /// <summary>Whether it only ends something. Such a call is made also while the daemon is stopping.</summary>
    public virtual bool OnlyEnds => false;

    /// <summary>What its reply can need beyond what its request lets expect, in bytes: taken of the agent's memory before it runs.</summary>
    public virtual long ReplyAllowance => 0;

    /// <summary>Reads the parameters and runs the call. The request's bytes are gone once this has returned.</summary>
    public abstract ValueTask RunAsync(in RpcRequest request, RpcCall call);
}

/// <summary>A method with its parameters read: no implementation can hold on to the request's bytes.</summary>
/// <typeparam name="TParams">The method's parameters.</typeparam>
internal abstract class RpcMethod<TParams>(string name, JsonTypeInfo<TParams> type) : RpcMethod(name)
{
    public sealed override ValueTask RunAsync(in RpcRequest request, RpcCall call) => RunAsync(request.ReadParams(type), call);

    protected abstract ValueTask RunAsync(TParams parameters, RpcCall call);
}
