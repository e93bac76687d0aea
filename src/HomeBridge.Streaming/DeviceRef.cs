namespace HomeBridge.Streaming;

/// <summary>A camera as its maker names it: what evidence must prove. Both parts are compared, always.</summary>
/// <param name="Vendor">The maker's id in this bridge, e.g. <c>acme</c>.</param>
/// <param name="VendorDeviceId">The maker's own id of the device. Never shown to a platform or a viewer.</param>
public readonly record struct DeviceRef(string Vendor, string VendorDeviceId);
