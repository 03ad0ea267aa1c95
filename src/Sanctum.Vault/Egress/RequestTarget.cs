namespace Sanctum.Egress;

/// <summary>What a request is for, as far as policies and bindings speak of it.</summary>
internal sealed record RequestTarget(string Method, RequestUrl Url)
{
    public override string ToString() => $"{Method} {Url}";
}
